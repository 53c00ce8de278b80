/** Steps 9 and 10: the check intervals, what their verdicts mean, and the guard that is made of the same intervals. */
import { condition, patched, workflowInfo } from '@temporalio/workflow';
import { mirrored, type RouteIntent, sameIntent } from '../../contract/intent.ts';
import type { IntervalResult } from '../../contract/verdict.ts';
import { compareInput } from '../../rollout/comparing.ts';
import { countInterval, failureThresholdReached, guarded, stageName } from '../../rollout/state.ts';
import { waitActivities } from '../activities.ts';
import { INTERRUPTED, type Run, type WaitOptions } from '../run.ts';
import { abortIfWorse, stageOver } from './comparison.ts';
import { atRest, live } from './intents.ts';
import { awaitCanary } from './scale.ts';
import { currentWeight, writeRoute } from './traffic.ts';

/** A person asked for other traffic than the interval is about. */
const OUTDATED = Symbol('outdated');

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
  const { plan, state } = run;
  const weight = currentWeight(run);
  if (state.promoted && run.view.route.canary === 100) return run.finish('shift', 'the rest skipped');
  if (run.view.route.canary !== weight) return;
  run.say(`Checking with ${weight} % of live traffic on the canary.`);
  const outdated = () => currentWeight(run) !== weight;
  const result = await checkInterval(run, live(run, weight), plan.shift.everyMs, outdated);
  if (result === OUTDATED || result.verdict !== 'pass' || !(await stageOver(run, true, result)) || outdated()) return;
  state.weightsPassed = plan.shift.weights.filter((planned) => planned <= weight).length;
  state.askedWeight = undefined;
  run.line('shift').note = `${weight} % passed`;
  if (state.weightsPassed === plan.shift.weights.length) run.finish('shift');
}

/**
 * One interval with a verdict at the traffic `wanted`, unless a person asks for another one. A pause or somebody else's change
 * ends a running interval and it starts over afterwards; an interval that lost its canary or its data too often takes users back
 * first and then asks (order rule 7).
 */
async function checkInterval(
  run: Run,
  wanted: RouteIntent,
  durationMs: number,
  outdated: () => boolean,
): Promise<IntervalResult | typeof OUTDATED> {
  for (;;) {
    await run.pausePoint();
    if (outdated()) return OUTDATED;
    await run.startAfreshWhenLong();
    await restoreTraffic(run, wanted);
    const changed = () => run.view.paused !== undefined || run.state.drift !== undefined || outdated();
    const result = await measure(run, durationMs, { until: changed, mayEndEarly: true });
    if (result === INTERRUPTED) continue;
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
  run.goBack({ kind: 'failed', reason, step: 'failure-gate' }, { urgent: true });
}

/** The guard: intervals that count failures and never advance anything, until `over`. */
export async function guard(run: Run, over: () => boolean, options: WaitOptions = {}): Promise<void> {
  while (!over()) {
    run.throwIfGoingBack();
    if (!guarded(run.state)) {
      await condition(() => over() || run.goBackRequest !== undefined);
      continue;
    }
    const result = await measure(run, run.plan.shift.everyMs, { until: over, mayEndEarly: false });
    if (result === INTERRUPTED) break;
    abortAtFailureThreshold(run);
    if (mustLeave(run, result)) await leaveUnderGuard(run, result);
    if (!over() && mayEndHere(run, options)) await run.startAfreshWhenLong(over);
  }
  run.throwIfGoingBack();
}

/** The next run finds its way back into a wait that says so, and into every question to a person. */
function mayEndHere({ state, view }: Run, { mayStartAfresh = false }: WaitOptions): boolean {
  if (!workflowInfo().continueAsNewSuggested) return false;
  if (mayStartAfresh && state.drift === undefined) return true;
  return (mayStartAfresh || view.needsYou !== undefined) && patched('carry-questions');
}

async function measure(
  run: Run,
  durationMs: number,
  { until, mayEndEarly }: { until: () => boolean; mayEndEarly: boolean },
): Promise<IntervalResult | typeof INTERRUPTED> {
  const stage = stageName(run.view.route);
  const intent = run.view.route;
  const { checkedAt } = run.state;
  const input = {
    ...run.target,
    stage: intent.mirror > 0 ? ('mirror' as const) : ('live' as const),
    durationMs,
    podHash: run.state.podHash ?? '',
    intent,
    anew: !checkedAt || !sameIntent(checkedAt, intent),
    compare: compareInput(run.state, run.plan.analysis.compare, stage, mayEndEarly),
  };
  const summary = `check success rate and duration at ${stage}`;
  const result = await run.attempt(
    summary,
    () => waitActivities(run.cluster, summary, durationMs).checkInterval(input),
    until,
  );
  if (result === INTERRUPTED) return result;
  run.state.checkedAt = intent;
  countInterval(run.state, stage, result);
  abortIfWorse(run, result);
  return result;
}

function mustLeave(run: Run, result: IntervalResult): boolean {
  return result.verdict === 'canaryLost' || run.state.noAnswersInARow >= run.plan.analysis.noAnswerLimit;
}

/** @returns true when users were taken back and a person has said to go on */
async function leftCanary(run: Run, result: IntervalResult): Promise<boolean> {
  if (!mustLeave(run, result)) return false;
  await takeUsersBack(run);
  run.state.noAnswersInARow = 0;
  await run.hold({
    reason: `${result.sentence} Users are on the primary.`,
    onResume: 'waits for ready canary pods, restores the traffic and checks again',
    onAbort: 'scales the canary to zero',
    onSilence: 'users stay on the primary',
  });
  return true;
}

/** While something else waits: users leave a lost canary at once; the wait itself goes on. */
async function leaveUnderGuard(run: Run, result: IntervalResult): Promise<void> {
  const primaryTouched = run.state.written.includes('primary') || run.state.unconfirmed.includes('primary');
  if (!primaryTouched) {
    await takeUsersBack(run);
    run.state.noAnswersInARow = 0;
    run.say(`${result.sentence} Users are on the primary.`);
  } else if (result.verdict === 'canaryLost') {
    run.goBack(
      { kind: 'failed', reason: `The canary was lost while the primary was upgraded. ${result.sentence}` },
      { urgent: true },
    );
  }
}

async function takeUsersBack(run: Run): Promise<void> {
  await writeRoute(run, 'take users back to the primary', atRest(run), { requireReady: 'primary', overwrite: true });
}

/** After a wait that took users back: the canary is ready again before it gets its traffic again. */
export async function restoreTraffic(run: Run, wanted: RouteIntent): Promise<void> {
  if (sameIntent(run.view.route, wanted)) return;
  await awaitCanary(run, run.state.canaryReplicas);
  await writeRoute(run, `restore the traffic: ${stageName(wanted)}`, wanted, { requireReady: 'canary' });
}
