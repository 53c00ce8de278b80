/** What a check interval is given, and what its verdict is counted as. */
import type { IntervalInput } from '../../../contract/activities.ts';
import { sameIntent, stageName } from '../../../contract/intent.ts';
import { partsOf } from '../../../contract/plan-parts.ts';
import type { IntervalSoFar } from '../../../contract/slice.ts';
import type { ComparedTick, IntervalResult } from '../../../contract/verdict.ts';
import { compareInput, noteLooks } from '../comparing.ts';
import type { Run } from '../run.ts';
import { countInterval } from '../state.ts';

/** An interval at the traffic as it is. @param mayEndEarly a proof of health may end it */
export function intervalInput(run: Run, durationMs: number, mayEndEarly = false): IntervalInput {
  const { state, plan, view } = run;
  const { route: intent, failures } = view;
  const { checkedAt } = state;
  const input: IntervalInput = {
    ...run.target,
    plan: partsOf(plan, 'analysis', 'during'),
    stage: intent.mirror > 0 ? 'mirror' : 'live',
    durationMs,
    podHash: state.podHash ?? '',
    intent,
    anew: !checkedAt || !sameIntent(checkedAt, intent),
    ...(failures.count + 1 >= failures.threshold && { decisive: true }),
    // what somebody else made of them is said once
    ...(state.drift === undefined && { routes: { expected: intent, seq: state.scheduled.route ?? 0 } }),
    // those who match are no sample of the users
    compare:
      intent.match && intent.canary === 0
        ? undefined
        : compareInput(state, plan.analysis.compare, stageName(intent), mayEndEarly),
  };
  return state.slice?.interval === intervalOf(input) ? { ...input, soFar: state.slice.soFar } : input;
}

/** An interval is of one span and between two writes of the routes. */
function intervalOf({ durationMs, routes }: IntervalInput): string {
  return `${durationMs} ms after ${routes?.seq}`;
}

/** A slice has ended without a verdict: the next one goes on from there. */
export function noteSlice(
  run: Run,
  input: IntervalInput,
  { soFar, ticks = [] }: { soFar?: IntervalSoFar; ticks?: readonly ComparedTick[] },
): void {
  run.state.slice = soFar && { interval: intervalOf(input), soFar };
  noteLooks(run.state, stageName(run.view.route), ticks);
}

/** A check that cannot be made so often is no answer: who waits longer leaves users unwatched. */
export const CHECK_TRIES = 4;

/** Counts an interval at the traffic as it is (order rules 6, 7 and 13). */
export function countAt({ state, view }: Run, result: IntervalResult): void {
  state.slice = undefined;
  state.checkedAt = view.route;
  state.proven = result.verdict === 'pass' ? view.route : undefined;
  countInterval(state, stageName(view.route), result);
}

/** Passes of a slice before its last interval: what a wait added by noise they take away (order rule 6). @param failures before the wait */
export function countPasses({ state, view }: Run, passes: number, failures: number): void {
  if (passes === 0) return;
  state.noAnswersInARow = 0;
  view.failures.count = Math.min(view.failures.count, failures);
}

/** An interval that could not be made is one without an answer (order rule 7). */
export function unanswered(reason: string, at: string): IntervalResult {
  return { verdict: 'noAnswer', checks: [], requests: 0, canaryReady: 0, from: at, to: at, sentence: reason };
}
