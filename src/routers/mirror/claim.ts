/** How a rollout learns of a mirror on its route. Pure. */
import { annotation, MIRROR } from '../../cluster/annotations.ts';
import type { KubeObject } from '../../cluster/client.ts';
import { mirrorRemedy } from '../../cluster/fenced-patch.ts';
import type { Problem } from '../../rollout/offer.ts';

/**
 * For the preflight of every router: a rollout does not start on a route that a mirror holds.
 * @param where the route as people call it, for example `VirtualService demo/reviews`
 */
export function mirrorClaimProblem(object: KubeObject, where: string): Problem | undefined {
  const claim = annotation(object, MIRROR);
  return claim === undefined
    ? undefined
    : { where, problem: `is mirrored by ${claim} at the moment`, remedy: mirrorRemedy(claim) };
}
