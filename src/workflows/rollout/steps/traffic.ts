/** Every write of traffic on the way forward: one try, and what becomes of it. */
import { ActivityFailure, isCancellation, rootCause, sleep } from '@temporalio/workflow';
import type { RouteResult } from '../../../contract/activities.ts';
import { canaryNeeds } from '../../../contract/capacity.ts';
import { matchesMore, type RouteIntent, sameIntent } from '../../../contract/intent.ts';
import { sentenceCase } from '../../../contract/words.ts';
import { FLOOR_MS } from '../../activities.ts';
import { Outdated } from '../errors.ts';
import { INTERRUPTED, type Run } from '../run.ts';
import { isUnsettled, noteRoute } from '../state.ts';
import { write } from '../writer.ts';
import { tryOnce } from './insist.ts';
import { awaitCanary, ensureCapacity } from './scale.ts';

/** Leads traffic to `intent`, whatever it takes; what a wait has changed is looked at before each try. */
export async function leadTo(run: Run, summary: string, intent: () => RouteIntent): Promise<void> {
  while (!(await lead(run, summary, intent()))) await run.pausePoint();
}

/**
 * One try; the canary is made ready for its share first.
 * @returns false when something had to be waited for, so that the caller asks again what is wanted now
 */
export async function lead(run: Run, summary: string, intent: RouteIntent): Promise<boolean> {
  if (isRouted(run, intent)) return true;
  const { route } = run.view;
  const grows = intent.canary > route.canary || intent.mirror > route.mirror || matchesMore(intent, route);
  if (grows) await ensureCapacity(run, Math.max(intent.canary, intent.mirror));
  try {
    const result = await run.interruptible(() => put(run, summary, intent));
    return result === INTERRUPTED ? false : await met(run, summary, result, grows);
  } catch (error) {
    if (error instanceof Outdated) return false;
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    await run.holdAfter(error, about(`${sentenceCase(summary)}: ${rootCause(error)}`));
    return false;
  }
}

/**
 * What others made of the routes goes, as a person or the plan has said: what is wanted now is written over it.
 * @param adopt also over a route that was made anew
 */
export async function overwrite(run: Run, adopt: boolean): Promise<RouteResult> {
  run.state.drift = undefined;
  return put(run, 'write the route again', run.view.route, { force: true, adopt });
}

/** What is not taken is tried again by the caller. */
export function rescue(run: Run, intent: RouteIntent): Promise<void> {
  return tryOnce(run, () => put(run, 'the primary has no ready pod: everybody goes to the canary', intent, OVER));
}

/** Over whatever is there. */
const OVER = { force: true, adopt: true };

async function put(
  run: Run,
  summary: string,
  intent: RouteIntent,
  { force = false, adopt = false } = {},
): Promise<RouteResult> {
  const { state, plan, detected } = run;
  const expected = force || isUnsettled(state, 'route') ? undefined : state.view.route;
  if (intent.affinity) state.cookieGiven = true;
  const canary = canaryNeeds(plan, detected.primaryReplicas, intent, state.provenWeight !== undefined);
  const result = await write(run, { object: 'route', what: 'forward', summary, adopt }, (activities, target) =>
    activities.route({ ...target, intent, expected, found: detected.routeFound, canary }),
  );
  if (result.kind === 'written') noteRoute(state, intent);
  // users may be where this write wanted them, or near it: the checks go on for them
  if (result.kind === 'notTaken') Object.assign(state, { astray: true }).view.route = intent;
  return result;
}

async function met(run: Run, summary: string, result: RouteResult, grows: boolean): Promise<boolean> {
  switch (result.kind) {
    case 'written':
      return true;
    case 'drift':
      run.state.drift = result.sentence;
      return false;
    case 'notReady':
      if (!grows) break;
      run.say(`${sentenceCase(summary)}: ${result.sentence}.`);
      await run.interruptible(() => sleep(FLOOR_MS, { summary: 'not ready for its share: look again' }));
      await awaitCanary(run, run.state.canaryReplicas);
      return false;
  }
  await run.hold({ ...about(result.sentence), kind: 'failed', answers: { retry: 'tries it again' } });
  return false;
}

function about(reason: string) {
  return { object: 'route', reason, onAbort: 'goes back to the primary', onSilence: 'the route stays as it is' };
}

/** A write that others changed on its way is not there, though users may be where it wanted them. */
export function isRouted({ state, view }: Run, intent: RouteIntent): boolean {
  return sameIntent(view.route, intent) && !isUnsettled(state, 'route') && !state.astray;
}

/** The weight that comes or is: the one that a person asked for, otherwise the first whose interval has not passed yet. */
export function currentWeight({ state, plan }: Run): number {
  if (state.promoted) return 100;
  return state.askedWeight ?? plan.shift.weights[state.weightsPassed] ?? 100;
}
