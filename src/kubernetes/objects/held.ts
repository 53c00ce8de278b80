/**
 * `source: canary`: while it carries anything the canary keeps the pods that were tested, whatever its owners make of its template. Its
 * Deployment is paused: pods that die come back as they were, it still scales, and no pod of another template is made. Pure.
 */
import type { PatchOperation } from '../client/client.ts';
import { annotate, annotation, forget, WROTE } from './annotations.ts';
import type { Deployment } from './deployments.ts';

const HELD = 'paused';

/** Paused by us: beside somebody else's pause there is no note. */
export function isHeld(deployment: Deployment): boolean {
  return deployment.spec.paused === true && annotation(deployment, WROTE) === HELD;
}

export function hold(deployment: Deployment): PatchOperation[] {
  if (isHeld(deployment)) return [];
  return [{ op: 'add', path: '/spec/paused', value: true }, ...annotate({}, { [WROTE]: HELD })];
}

/** A pause of somebody else stays. */
export function release(deployment: Deployment): PatchOperation[] {
  if (annotation(deployment, WROTE) !== HELD) return [];
  const resume: PatchOperation[] = isHeld(deployment) ? [{ op: 'remove', path: '/spec/paused' }] : [];
  return [...resume, ...forget(deployment, WROTE)];
}
