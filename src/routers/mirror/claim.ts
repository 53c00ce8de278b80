/** How a rollout learns of a mirror on its route, and a mirror of a rollout. Pure. */

import type { Problem } from '../../contract/offer.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import { annotation, MIRROR, ROLLOUT } from '../../kubernetes/objects/annotations.ts';
import { mirrorRemedy } from '../../kubernetes/writes/fenced-patch.ts';

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

/** For a mirror: it does not start on a route that a rollout is on. */
export function rolloutProblem(object: KubeObject, where: string): Problem | undefined {
  const rollout = annotation(object, ROLLOUT);
  return rollout === undefined
    ? undefined
    : { where, problem: `is used by the rollout ${rollout}`, remedy: 'wait until it is over, or abort it' };
}
