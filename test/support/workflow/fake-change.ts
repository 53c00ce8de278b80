import { CancelledFailure, Context } from '@temporalio/activity';
import type { AwaitChangeInput, Change, ClusterActivities, WriteAgain } from '../../../src/contract/activities.ts';
import type { IntervalResult } from '../../../src/contract/verdict.ts';
import { holds, type WaitCondition } from '../../../src/contract/world.ts';
import { fakeInterval } from './fake-interval.ts';
import type { ScriptedWorld } from './scripted-world.ts';

/** Waits for what is asked; writes of `cluster` are tried again meanwhile. */
export async function fakeChange(
  world: ScriptedWorld,
  cluster: ClusterActivities,
  { until, again, check, forMs }: AwaitChangeInput,
): Promise<Change> {
  const what = [...until.map((condition) => describe(condition)), ...again.map(({ name }) => `again ${name}`)];
  if (what.length > 0) await world.enter('awaitChange', what.join(', '));
  const end = Date.now() + forMs;
  let interval: IntervalResult | undefined;
  let passes = 0;
  for (;;) {
    const met = until.some((condition) => holds(condition, world.seen()));
    const written = await tryAgain(cluster, again);
    if (met || written.length > 0 || Date.now() >= end || (interval && (world.bulk > 0 || interval.verdict !== 'pass')))
      return { world: world.seen(), written, refused: [], passes, ...(interval && { interval }) };
    if (check) {
      const slice = await fakeInterval(world, { ...check, ...(interval && { soFar: undefined }) });
      if (!('verdict' in slice))
        return { world: world.seen(), written, refused: [], passes, ...(interval && { interval }), ...slice };
      if (interval) passes += 1;
      interval = slice;
    } else {
      Context.current().heartbeat();
      if (Context.current().cancellationSignal.aborted) throw new CancelledFailure('wait cancelled');
      await Context.current().sleep(again.length > 0 ? 250 : 10);
    }
  }
}

async function tryAgain(cluster: ClusterActivities, again: readonly WriteAgain[]): Promise<Change['written']> {
  const written: Change['written'] = [];
  for (const { object, name, input } of again) {
    try {
      const write = cluster[name] as (input: unknown) => Promise<unknown>;
      const result = (await write(input)) as { kind?: string } | undefined;
      if (result?.kind === undefined || result.kind === 'written') written.push({ object, result: result ?? {} });
    } catch {
      // refused again
    }
  }
  return written;
}

function describe(condition: WaitCondition): string {
  if ('routes' in condition) return 'routes';
  return 'below' in condition ? `${condition.side} <${condition.below}` : `${condition.side} ${condition.atLeast}`;
}
