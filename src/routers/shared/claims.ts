/** Who else holds a route: another plan for good, a mirror or a rollout for its time (order rule 3). Pure. */
import type { MirrorSpec } from '../../contract/mirror.ts';
import type { Problem } from '../../contract/offer.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import { annotation, claimOf, MIRROR, OWNER, ROLLOUT } from '../../kubernetes/objects/annotations.ts';
import { grantProblems } from '../../kubernetes/objects/grants.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import { mirrorRemedy } from '../../kubernetes/writes/fenced-patch.ts';
import type { ManagedRoute } from '../contract.ts';

/** For a rollout. */
export function claimProblems({ object, plan, route }: ManagedRoute): Problem[] {
  const where = describeRef(route);
  const owner = annotation(object, OWNER);
  const remedy = `let one plan manage it; when ${owner} is gone for good, remove the annotation ${OWNER}`;
  const other = owner && owner !== claimOf(plan) ? [{ where, problem: `is managed by the plan ${owner}`, remedy }] : [];
  return [...other, ...mirrorProblems(where, annotation(object, MIRROR))];
}

/** For a mirror; its own claim is what an earlier run of this name left. */
export function inTheWay(object: KubeObject, spec: MirrorSpec): Problem[] {
  const where = describeRef(spec.route);
  const rollout = annotation(object, ROLLOUT);
  const problem = `is used by the rollout ${rollout}`;
  return [
    ...(isClaimedBy(object, spec) ? [] : mirrorProblems(where, annotation(object, MIRROR))),
    ...grantProblems(spec.route, object, spec),
    ...(rollout === undefined ? [] : [{ where, problem, remedy: 'wait until it is over, or abort it' }]),
  ];
}

export function isClaimedBy(object: KubeObject, spec: MirrorSpec): boolean {
  return annotation(object, MIRROR) === claimOf(spec);
}

function mirrorProblems(where: string, claim: string | undefined): Problem[] {
  if (claim === undefined) return [];
  return [{ where, problem: `is mirrored by ${claim} at the moment`, remedy: mirrorRemedy(claim) }];
}
