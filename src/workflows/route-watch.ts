/** Beside the whole rollout: somebody else's change of our fields on a route is seen within seconds (order rule 9). */
import { CancellationScope, condition, isCancellation, log, patched, rootCause } from '@temporalio/workflow';
import { describeIntent } from '../contract/intent.ts';
import { waitActivities } from './activities.ts';
import type { Run } from './run.ts';
import { putRoute, writeRoute } from './steps/traffic.ts';

/** A rollout may last this long under one watch, ms; after it the watch begins anew. */
const LONGEST_MS = 30 * 24 * 3_600_000;

/** Who writes again and again is no accident: after this many times a person decides. */
const RESTORE_LIMIT = 5;

/** Begins the watch; it ends when the rollout goes back or is over. */
export function watchRoutes(run: Run): void {
  if (run.routeWatch || !patched('watch-routes')) return;
  const scope = new CancellationScope();
  run.routeWatch = scope;
  scope.run(() => keepWatching(run)).catch((error) => noteEnd(run, error));
}

/** From here on every write overwrites, or none follows. */
export function stopWatchingRoutes(run: Run): void {
  run.routeWatch?.cancel();
}

async function keepWatching(run: Run): Promise<void> {
  const summary = 'watch the routes for changes of others';
  for (;;) {
    if (run.state.drift !== undefined) await condition(() => run.state.drift === undefined);
    // Taken while no write is under way: every later one of ours has a higher number.
    const known = await run.alone(async () => ({ expected: run.view.route, seq: run.state.seq }));
    const { sentence } = await waitActivities(run.cluster, summary, LONGEST_MS, true).watchRoutes({
      ...run.target,
      ...known,
    });
    await meet(run, sentence);
  }
}

async function meet(run: Run, sentence: string): Promise<void> {
  const { state, view, plan } = run;
  const times = (state.restored ?? 0) + 1;
  if (plan.traffic.onDrift === 'restore' && times <= RESTORE_LIMIT) {
    state.restored = times;
    const result = await putRoute(run, 'write the route again', view.route, { overwrite: true, force: true });
    if (result.kind === 'written') {
      view.warnings.push(`${sentence}; Sluice wrote it again.`);
      return;
    }
    state.drift = result.sentence;
  } else {
    const tired = times > RESTORE_LIMIT ? `; it was written again ${RESTORE_LIMIT} times and changed each time` : '';
    state.drift = `${sentence}${tired}`;
  }
  run.say(`${state.drift}.`);
}

/** At the next safe place: asks what is to become of the change (order rule 9). */
export async function settleDrift(run: Run): Promise<void> {
  const { drift, overwrites } = run.state;
  // a write has asked about it already
  if (drift === undefined || overwrites || run.goingBack) return;
  const { route } = run.view;
  await run.hold({
    reason: drift,
    onResume: `writes ${describeIntent(route)} over it`,
    onAbort: 'goes back to the primary',
    onSilence: 'the route stays as it is',
  });
  run.state.confirmedRoute = undefined;
  run.state.restored = 0;
  await writeRoute(run, 'write the route again', route, { overwrite: true, force: true });
}

function noteEnd(run: Run, error: unknown): void {
  if (isCancellation(error) || run.goBackRequest) return;
  log.warn('routes are not watched any more', { error: String(error) });
  run.view.warnings.push(`Changes of others to the routes are seen at the next write only: ${rootCause(error)}.`);
}
