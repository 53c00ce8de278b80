/** Steps 9 and 10: the check intervals, what their verdicts mean, and the guard that is made of the same intervals. */
import { ActivityFailure, condition, isCancellation, rootCause, sleep, workflowInfo } from '@temporalio/workflow';
import type { Change } from '../../../contract/activities.ts';
import { mirrored, type RouteIntent, sameIntent, stageName } from '../../../contract/intent.ts';
import { everyAt } from '../../../contract/plan-parts.ts';
import { SLICE_MS } from '../../../contract/slice.ts';
import type { IntervalResult } from '../../../contract/verdict.ts';
import type { WaitCondition, World } from '../../../contract/world.ts';
import { FLOOR_MS } from '../../activities.ts';
import { ask, closeAbout } from '../questions.ts';
import { bringTo } from '../rest.ts';
import { INTERRUPTED, type Run, type WaitOptions } from '../run.ts';
import { failureThresholdReached, guarded, newWayBack } from '../state.ts';
import { waiting } from '../waiting.ts';
import { abortIfWorse, stageOver } from './comparison.ts';
import { meetDrift } from './drift.ts';
import { live } from './intents.ts';
import { CHECK_TRIES, countAt, countPasses, intervalInput, noteSlice, unanswered } from './intervals.ts';
import { holdAgain } from './scale.ts';
import { currentWeight, lead, rescue } from './traffic.ts';

/** A person asked for other traffic than the interval is about. */
export const OUTDATED = Symbol('outdated');

/** Between two tries to take users off a dead primary, ms. */
const RESCUE_MS = 30_000;

/** Step 9: the mirror's intervals, until enough of them passed or too many failed. */
export async function checkMirror(run: Run): Promise<void> {
  const { plan, view } = run;
  const { mirror: progress } = view;
  if (!plan.mirror || !progress) return run.skip('check', 'no mirror in the plan');
  if (run.isOver('check')) return;
  run.begin('check');
  run.say(`Checking copies of live traffic: ${progress.passed} of ${progress.iterations} intervals passed.`);
  const { promoted } = run.state;
  if (promoted) return run.finish('check', `${progress.passed}/${progress.iterations} passed, the rest skipped`);
  const outdated = () => run.state.promoted === true;
  const result = await checkInterval(run, mirrored(plan.mirror.percent), plan.mirror.everyMs, outdated);
  if (result === OUTDATED || result.verdict !== 'pass') return;
  progress.passed += 1;
  run.line('check').note = `${progress.passed}/${progress.iterations} passed`;
  if (await stageOver(run, progress.passed >= progress.iterations, result)) run.finish('check');
}

/** One interval at the current weight; a pass lets the next weight come, with a comparison as soon as health is proven. */
export async function checkWeight(run: Run): Promise<void> {
  const { plan, state, view } = run;
  const weight = currentWeight(run);
  if (state.promoted && view.route.canary === 100) {
    state.proven = view.route;
    return run.finish('shift', 'the rest skipped');
  }
  if (view.route.canary !== weight) return;
  run.say(`Checking with ${weight} % of live traffic on the canary.`);
  const outdated = () => currentWeight(run) !== weight;
  const result = await checkInterval(run, live(run, weight), everyAt(plan.shift, weight), outdated);
  if (result === OUTDATED || result.verdict !== 'pass' || !(await stageOver(run, true, result)) || outdated()) return;
  state.weightsPassed = plan.shift.weights.filter((planned) => planned <= weight).length;
  state.provenWeight = weight;
  state.askedWeight = undefined;
  run.line('shift').note = `${weight} % passed`;
  if (state.weightsPassed === plan.shift.weights.length) run.finish('shift');
}

/** What a wait has made untrue is proven again: the newest interval at this weight, begun with users on it, is a pass (order rule 13). */
export async function proveAgain(run: Run, weight: number): Promise<void> {
  const wanted = live(run, weight);
  while (!run.state.proven || !sameIntent(run.state.proven, wanted) || !sameIntent(run.view.route, wanted)) {
    run.say(
      `Checking ${weight} % again: users were taken back, or a check did not pass, while something was waited for.`,
    );
    await checkInterval(run, wanted, everyAt(run.plan.shift, weight), () => false);
    abortAtFailureThreshold(run);
  }
}

/**
 * One interval with a verdict at the traffic `wanted`, unless a person asks for another one. A pause or somebody else's change
 * ends a running interval and it starts over afterwards; an interval that lost its canary or its data too often takes users back
 * first and then asks (order rule 7).
 */
export async function checkInterval(
  run: Run,
  wanted: RouteIntent,
  durationMs: number,
  outdated: () => boolean,
): Promise<IntervalResult | typeof OUTDATED> {
  for (;;) {
    await run.pausePoint();
    if (outdated()) return OUTDATED;
    await run.startAfreshWhenLong();
    if (!(await lead(run, `restore the traffic: ${stageName(wanted)}`, wanted))) continue;
    const changed = () => run.view.paused !== undefined || run.state.drift !== undefined || outdated();
    const result = await measure(run, durationMs, changed);
    if (result === INTERRUPTED || result === undefined) continue;
    if (await leftCanary(run, result)) continue;
    return result;
  }
}

/** Step 10, after the mirror's intervals and after those of every weight. */
export function abortAtFailureThreshold(run: Run): void {
  const { failures, lastInterval, route } = run.view;
  const note = `${failures.count} of ${failures.threshold} failures`;
  if (!failureThresholdReached(run.state)) {
    if (run.isOver('check')) run.finish('failure-gate', note);
    return;
  }
  Object.assign(run.line('failure-gate'), { state: 'failed', endedAt: run.now(), note });
  const reason = `${failures.count} failed intervals reached the limit, the last at ${stageName(route)}: ${lastInterval?.sentence ?? ''}`;
  run.state.canaryFails = true;
  run.goBack({ kind: 'failed', reason, step: 'failure-gate' });
}

/** The guard: intervals that count failures and never advance anything, until `over`. */
export async function guard(run: Run, over: () => boolean, options: WaitOptions = {}): Promise<void> {
  const { count } = run.view.failures;
  while (!over()) {
    run.throwIfGoingBack();
    if (!guarded(run.state) && !couldCarry(run)) {
      await condition(() => over() || run.goBackRequest !== undefined);
      continue;
    }
    const begun = Date.now();
    const result = await measureSlice(run, count, over);
    if (result === INTERRUPTED) break;
    if (result) await noteGuarded(run, result, count);
    else await floor(run, begun, over);
    if (!over() && mayEndHere(run, options)) await run.startAfreshWhenLong(over);
  }
  run.throwIfGoingBack();
}

/** @param failures before the wait */
async function noteGuarded(run: Run, result: IntervalResult, failures: number): Promise<void> {
  abortAtFailureThreshold(run);
  if (result.verdict === 'pass') {
    countPasses(run, 1, failures);
    if (run.state.touched) closeAbout(run, { kind: 'canary', object: 'canary' });
  }
  if (mustLeave(run, result)) await leaveUnderGuard(run, result);
}

/** Whatever ends at once is not begun again at once. */
async function floor(run: Run, begun: number, over?: () => boolean): Promise<void> {
  const early = begun + FLOOR_MS - Date.now();
  if (early > 0) await run.interruptible(() => sleep(early, { summary: 'too early: look again' }), over);
}

/** The next run finds its way back into a wait that says so, and into every question to a person. */
function mayEndHere({ state, view }: Run, { mayStartAfresh = false }: WaitOptions): boolean {
  if (!workflowInfo().continueAsNewSuggested) return false;
  return (mayStartAfresh && state.drift === undefined) || view.questions.some(({ kind }) => kind !== 'worker');
}

/** @returns undefined when somebody else changed a route meanwhile */
async function measure(
  run: Run,
  durationMs: number,
  until: () => boolean,
): Promise<IntervalResult | undefined | typeof INTERRUPTED> {
  const summary = `check success rate and duration at ${stageName(run.view.route)}`;
  const begun = Date.now();
  return judged(run, begun, async () => {
    for (;;) {
      const input = intervalInput(run, durationMs, true);
      const slice = () => waiting(run, summary, durationMs, CHECK_TRIES).checkInterval(input);
      const result = await run.interruptible(slice, until);
      if (result === INTERRUPTED || 'verdict' in result) return result;
      noteSlice(run, input, result);
    }
  });
}

/**
 * As many intervals as fit into a slice, and an eye on the primary; the first that is not a pass ends it.
 * @param failures before the wait
 * @returns undefined when no interval has ended
 */
async function measureSlice(
  run: Run,
  failures: number,
  until: () => boolean,
): Promise<IntervalResult | undefined | typeof INTERRUPTED> {
  const everyMs = everyAt(run.plan.shift, run.view.route.canary);
  const { revision, previous } = run.detected;
  const exposed = guarded(run.state);
  const forMs = run.state.primaryDead ? RESCUE_MS : SLICE_MS;
  const summary = `check success rate and duration at ${stageName(run.view.route)} meanwhile`;
  const input = {
    ...run.target,
    revision,
    previous,
    until: changesOfPrimary(run),
    forMs,
    again: [],
    ...(exposed && { check: intervalInput(run, everyMs) }),
  };
  let ended: Change | undefined;
  const result = await judged(run, Date.now(), async () => {
    const change = await run.interruptible(() => waiting(run, summary, forMs, CHECK_TRIES).awaitChange(input), until);
    if (change === INTERRUPTED) return change;
    ended = change;
    countPasses(run, change.passes, failures);
    return change.interval;
  });
  if (ended && input.check) noteSlice(run, input.check, ended);
  if (ended?.world) await noteWorld(run, ended.world);
  return result;
}

/** Users were on it, and could be again. */
function couldCarry({ state }: Run): boolean {
  return state.provenWeight !== undefined && state.canaryReplicas > 0 && !state.canaryFails;
}

function changesOfPrimary(run: Run): WaitCondition[] {
  const { state, view, detected } = run;
  if (view.route.canary === 100 || !couldCarry(run)) return [];
  if (!state.primaryDead) return [{ side: 'primary', below: 1 }];
  const canary = Math.max(view.replicas.canary + 1, detected.primaryReplicas);
  return [
    { side: 'primary', count: 'ready', atLeast: 1 },
    { side: 'canary', count: 'ready', atLeast: canary },
  ];
}

/** Users of a dead primary go to a canary that can carry all of them, and has shown that it serves (order rule 12). */
async function noteWorld(run: Run, { primary, canary }: World): Promise<void> {
  const { state, view } = run;
  state.primaryDead = primary.ready === 0;
  view.replicas.canary = canary.ready;
  if (!state.primaryDead || view.route.canary === 100 || canary.ready < run.detected.primaryReplicas) return;
  if (couldCarry(run)) await rescue(run, live(run, 100));
}

/** A check that cannot be made is no answer, and counts as one (order rule 7). */
async function judged(
  run: Run,
  begun: number,
  work: () => Promise<IntervalResult | undefined | typeof INTERRUPTED>,
): Promise<IntervalResult | undefined | typeof INTERRUPTED> {
  const result = await work().catch(async (error: unknown) => {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    return unanswered(`the check could not be made: ${rootCause(error)}`, run.now());
  });
  if (result === INTERRUPTED || result === undefined) return result;
  if (result.drift !== undefined) {
    run.state.slice = undefined;
    await meetDrift(run, result.drift);
    return undefined;
  }
  if (result.verdict === 'noAnswer') await floor(run, begun);
  countAt(run, result);
  abortIfWorse(run, result);
  if (result.resumed && result.verdict !== 'canaryLost') await holdAgain(run);
  return result;
}

function mustLeave(run: Run, result: IntervalResult): boolean {
  return result.verdict === 'canaryLost' || run.state.noAnswersInARow >= run.plan.analysis.noAnswerLimit;
}

/** @returns true when users were taken back and a person has said to go on */
async function leftCanary(run: Run, result: IntervalResult): Promise<boolean> {
  if (!mustLeave(run, result)) return false;
  if (run.state.touched) {
    await leaveUnderGuard(run, result);
    return false;
  }
  await takeUsersBack(run);
  run.state.noAnswersInARow = 0;
  await run.hold({
    kind: 'canary',
    object: 'canary',
    reason: `${result.sentence} Users are on the primary.`,
    answers: { retry: 'waits for ready canary pods, restores the traffic and checks again' },
    onAbort: 'scales the canary to zero',
    onSilence: 'users stay on the primary',
  });
  return true;
}

/** While something else waits: users leave a lost canary at once; the wait itself goes on. */
async function leaveUnderGuard(run: Run, result: IntervalResult): Promise<void> {
  if (!run.state.touched) {
    await takeUsersBack(run);
    run.state.noAnswersInARow = 0;
    for (const question of run.view.questions)
      question.reason += ` Meanwhile: ${result.sentence} Users are on the primary.`;
    run.say(`${result.sentence} Users are on the primary.`);
  } else if (result.verdict === 'canaryLost') {
    run.state.canaryFails = true;
    run.goBack({ kind: 'failed', reason: `The canary was lost while the primary was upgraded. ${result.sentence}` });
  } else {
    run.state.noAnswersInARow = 0;
    ask(run, {
      kind: 'canary',
      object: 'canary',
      reason: `${result.sentence} Users stay on the canary while the primary is upgraded.`,
      answers: { retry: 'goes on with what can be seen' },
      onAbort: "restores the primary's previous revision, then returns users",
      onSilence: 'the step at hand goes on, and so do the checks; a check that passes closes the question',
    });
  }
}

/** Users first, for as long as it takes; what the canary is worth is looked at afterwards. */
async function takeUsersBack(run: Run): Promise<void> {
  const { state } = run;
  state.back = { ...newWayBack(state, 'previous'), leave: true };
  await bringTo(run, { revision: 'previous', until: 'users' });
  state.back = undefined;
}
