/** What a mirror for its own sake needs of a kind of route. Pure; reading, fencing and drift live in `mirror.ts`. */

import { isPlain, type MirrorSpec } from '../../contract/mirror.ts';
import type { Problem } from '../../contract/offer.ts';
import type { RouteKind } from '../../contract/plan.ts';
import type { KubeObject, PatchOperation } from '../../kubernetes/client/client.ts';
import { annotation, claimOf, MIRROR } from '../../kubernetes/objects/annotations.ts';
import type { MirrorForm } from './rules.ts';

export interface MirrorRouter {
  kinds: readonly RouteKind[];
  /** What forbids the mirror on this object, what is left of an earlier run of the same name apart; and where it goes. */
  examine(object: KubeObject, spec: MirrorSpec): { problems: Problem[]; shape: MirrorForm['shape'] };
  /** From the object as it is to the mirror; `[]`: it is on. @returns undefined when no rule can carry it */
  on(object: KubeObject, form: MirrorForm): PatchOperation[] | undefined;
  /** Takes away everything of this mirror. */
  off(object: KubeObject, form: MirrorForm): PatchOperation[];
  isOn(object: KubeObject, form: MirrorForm): boolean;
}

/** What an earlier run of this name may have left: fields are only taken for ours under our own claim. */
export function leftOverShape(object: KubeObject, spec: MirrorSpec): MirrorForm['shape'] {
  return isPlain(spec) && isClaimedBy(object, spec) ? 'fields' : 'rules';
}

export function isClaimedBy(object: KubeObject, spec: MirrorSpec): boolean {
  return annotation(object, MIRROR) === claimOf(spec);
}
