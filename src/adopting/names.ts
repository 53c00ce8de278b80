/** Names that adoption gives, and how its objects are known again. Pure. */
import type { KubeObject, Ref } from '../kubernetes/client/client.ts';
import { annotation } from '../kubernetes/objects/annotations.ts';
import { API_VERSION, PLAN_KIND } from '../plan/schema/plan.ts';

/** `<namespace>/<plan>`; on what was changed and not made, after it the keys that were written, each after a space. */
export const ADOPTED = 'sluice.dev/adopted';

/** Label for a Service whose own labels are those that tell the sides apart; value: the Service. */
export const SERVICE_LABEL = 'sluice.dev/service';

export function canaryNameOf(deployment: string): string {
  return `${deployment}-canary`;
}

export function planRef(namespace: string, name: string): Ref {
  return { apiVersion: API_VERSION, resource: 'rolloutplans', kind: PLAN_KIND, namespace, name };
}

/** In place of a key: the owner that an object had. */
export const OWNED = 'ownerReferences';

/** @returns keys that it wrote there; undefined: nothing of this claim is on it */
export function adoptedKeys(object: KubeObject | undefined, claim: string): string[] | undefined {
  const [owner, ...keys] = (annotation(object, ADOPTED) ?? '').split(' ');
  return owner === claim ? keys : undefined;
}
