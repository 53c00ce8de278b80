/** What is waited for on the way to rest: one activity at a time, five minutes at most, ended early by what people decide. */
import { ActivityFailure, CancellationScope, condition, isCancellation, log, sleep } from '@temporalio/workflow';
import type { Change, Observation } from '../../contract/activities.ts';
import { everyAt, partsOf } from '../../contract/plan-parts.ts';
import { SLICE_MS } from '../../contract/slice.ts';
import { LONGEST_OBSERVE_MS } from '../../contract/time-limits.ts';
import type { IntervalResult } from '../../contract/verdict.ts';
import type { World } from '../../contract/world.ts';
import { FLOOR_MS } from '../activities.ts';
import { dropOutrun, noteRefused, noteWritten, writesAgain } from './due.ts';
import { untilToldMs } from './obstacles.ts';
import type { Run } from './run.ts';
import { failureThresholdReached, type WayBack } from './state.ts';
import type { Step } from './step.ts';
import { CHECK_TRIES, countAt, countPasses, intervalInput, noteSlice } from './steps/intervals.ts';
import { waiting } from './waiting.ts';
import { noteFences } from './writer.ts';

/** Who still routes requests to the canary is looked at again after this time, ms: a day of it stays a short history. */
const STILL_MS = 10 * 60_000;

/** @param before the world that was looked at last  @returns the world at the end, if it is known */
export async function pass(run: Run, { wait }: Step, before: World): Promise<World | undefined> {
  const { away, refused } = run.state.back as WayBack;
  const works: (() => Promise<World | undefined>)[] = [];
  const still = wait?.kind === 'observe' && away === 'stillRouted';
  // the world is looked at again before the scale-down
  if (wait?.kind === 'observe' && !still)
    works.push(() => observe(run).then((kind) => (kind === 'stillRouted' ? undefined : before)));
  if (still) works.push(() => later());
  if (wait?.kind === 'drain') works.push(() => drain(run));
  if (wait?.kind === 'interval') works.push(() => interval(run));
  if (works.length === 0 || refused.length > 0) works.push(() => change(run, wait));
  const world = await first(run, works);
  // after a while it is looked at again
  const back = run.state.back as WayBack;
  if (still && back.away === 'stillRouted') back.away = undefined;
  return world;
}

/** The first that ends, ends the others; so does what a person decides. */
async function first(run: Run, works: readonly (() => Promise<World | undefined>)[]): Promise<World | undefined> {
  const { decisions } = run;
  const scope = new CancellationScope();
  let ended = false;
  let world: World | undefined;
  const running = works.map((work) =>
    scope
      .run(work)
      .then((seen) => {
        if (!ended) world = seen;
      })
      .catch(floor)
      .finally(() => {
        ended = true;
      }),
  );
  await condition(() => ended || run.decisions !== decisions || run.isLeaving);
  if (!ended || works.length > 1) scope.cancel();
  ended = true;
  await Promise.all(running);
  return world;
}

/** What cannot be waited for is looked at again soon. */
async function floor(error: unknown): Promise<void> {
  if (isCancellation(error)) return;
  if (!(error instanceof ActivityFailure)) throw error;
  log.warn('a wait of the way back failed', { error: String(error.cause ?? error) });
  await sleep(FLOOR_MS, { summary: 'the wait failed: look again' });
}

async function change(run: Run, wait: Step['wait']): Promise<World | undefined> {
  const { revision, previous } = run.detected;
  const everyMs = everyAt(run.plan.shift, run.view.route.canary);
  const checks = wait?.kind === 'change' && wait.check;
  const forMs = Math.max(FLOOR_MS, Math.min(SLICE_MS, untilToldMs(run)));
  const check = checks ? intervalInput(run, everyMs) : undefined;
  const summary = summaryOf(run, wait);
  const result = await waiting(run, summary, forMs, Number.POSITIVE_INFINITY).awaitChange({
    ...run.target,
    revision,
    previous,
    until: wait?.kind === 'change' ? wait.until : [],
    forMs,
    again: writesAgain(run),
    ...(check && { check }),
  });
  note(run, result);
  if (check) noteSlice(run, check, result);
  return result.world;
}

/** The interval of a gradual step; one that failed was the last step. */
async function interval(run: Run): Promise<undefined> {
  const everyMs = run.plan.shift.back?.everyMs ?? everyAt(run.plan.shift, run.view.route.canary);
  const summary = `watch ${run.view.route.canary} % of the users on the way back`;
  const input = intervalInput(run, everyMs);
  const result = await waiting(run, summary, everyMs, CHECK_TRIES).checkInterval(input);
  if (!('verdict' in result)) {
    noteSlice(run, input, result);
    return undefined;
  }
  noteInterval(run, result);
  const back = run.state.back as WayBack;
  back.watching = undefined;
  if (result.verdict === 'fail' || run.state.canaryFails) back.hurry = true;
}

function note(run: Run, { world, written, refused, interval: result, passes }: Change): void {
  for (const { object, result: made } of written) noteWritten(run, object, made);
  for (const { object, reason } of refused) noteRefused(run, object, reason);
  if (world) {
    noteFences(run, world);
    dropOutrun(run, world);
  }
  const { failures } = run.state.back as WayBack;
  countPasses(run, passes, failures);
  if (result) noteInterval(run, result);
  if (result?.verdict === 'pass') countPasses(run, 1, failures);
}

function noteInterval(run: Run, result: IntervalResult): void {
  // the next look tells what became of the routes
  run.state.slice = undefined;
  if (result.drift !== undefined) return;
  countAt(run, result);
  const lost = result.verdict === 'canaryLost' || result.verdict === 'worse';
  if (lost || failureThresholdReached(run.state)) run.state.canaryFails = true;
}

function summaryOf(run: Run, wait: Step['wait']): string {
  const [refused] = (run.state.back as WayBack).refused;
  if (refused) return `try again: ${refused.reason}`.slice(0, 200);
  if (wait?.kind === 'change' && wait.check) return 'watch the canary until the primary can take its users';
  return 'wait for the primary';
}

async function observe(run: Run): Promise<Observation['kind']> {
  const summary = 'see that nothing is routed to the canary any more';
  const seen = await waiting(run, summary, LONGEST_OBSERVE_MS).observeAway({
    ...run.target,
    plan: partsOf(run.plan, 'analysis'),
    ...((run.detected.routeFound.others ?? 0) > 0 && { named: true }),
  });
  (run.state.back as WayBack).away = seen.kind;
  if (seen.kind === 'notObserved') run.view.warnings.push(seen.sentence);
  return seen.kind;
}

async function later(): Promise<undefined> {
  await sleep(STILL_MS, { summary: 'requests are still routed to the canary: look again' });
}

async function drain(run: Run): Promise<undefined> {
  const { terminationDrainMs } = run.plan.traffic;
  if (terminationDrainMs > 0) await sleep(terminationDrainMs, { summary: 'let connections to the canary drain' });
  (run.state.back as WayBack).drained = true;
}
