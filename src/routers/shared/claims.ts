import type { Problem } from '../../contract/offer.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import { annotation, claimOf, OWNER } from '../../kubernetes/objects/annotations.ts';
import { mirrorClaimProblem } from '../mirror/claim.ts';

/** Who else holds a route: another plan for good, or a mirror for its time (order rule 3). Pure. */
export function claimProblems(object: KubeObject, plan: Plan, { kind, namespace, name }: RouteRef): Problem[] {
  const where = `${kind} ${namespace}/${name}`;
  const owner = annotation(object, OWNER);
  const others: Problem[] =
    !owner || owner === claimOf(plan)
      ? []
      : [
          {
            where,
            problem: `is managed by the plan ${owner}`,
            remedy: `let one plan manage it; when ${owner} is gone for good, remove the annotation ${OWNER}`,
          },
        ];
  const mirror = mirrorClaimProblem(object, where);
  return mirror ? [...others, mirror] : others;
}
