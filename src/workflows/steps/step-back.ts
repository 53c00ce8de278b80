/** A gradual return, when the plan asks for it: the primary meets its users again in steps, under the eyes of the checks. */
import type { Run } from '../run.ts';
import { live } from './intents.ts';
import { putRoute } from './traffic.ts';
import { canaryFails } from './watch-canary.ts';

/**
 * Takes users off the canary down to the plan's last weight back; whoever calls it writes the route to the primary next. Ends early
 * when the canary fails its checks, somebody aborts again, or the primary cannot take its share.
 *
 * @param requireReplicas ready primary pods that each step needs, default 1
 */
export async function stepBack(run: Run, requireReplicas = 1): Promise<void> {
  const { back } = run.plan.shift;
  if (!back) return;
  for (const weight of back.weights) {
    if (weight >= run.view.route.canary) continue;
    if (!returnsInSteps(run) || !(await takeBack(run, weight, requireReplicas))) return;
    if (
      await canaryFails(run, `watch ${weight} % of the users on the way back`, back.everyMs, () => !returnsInSteps(run))
    )
      return;
  }
}

/** Going back in steps is for a canary that nothing speaks against, and for a person who is in no hurry. */
export function returnsInSteps({ plan, view, goBackRequest, inAHurry }: Run): boolean {
  if (!plan.shift.back || !goBackRequest || inAHurry || goBackRequest.urgent) return false;
  return goBackRequest.decision.kind !== 'failed' && view.route.canary > 0;
}

/** @returns false when the canary keeps its users: the primary has too few ready pods, or the write was not taken */
async function takeBack(run: Run, weight: number, requireReplicas: number): Promise<boolean> {
  const summary = `take users back: ${weight} % stay on the canary`;
  const result = await putRoute(run, summary, live(run, weight), {
    requireReady: 'primary',
    requireReplicas,
    overwrite: true,
  });
  if (result.kind !== 'written') return false;
  run.say(`Going back in steps: ${weight} % of the users are still on the canary.`);
  return true;
}
