/** Annotations that Sluice keeps on other people's objects, and how they are read and written. */
import { type Fence, fenceKey, parseFence } from '../../contract/fence.ts';
import type { KubeObject, PatchOperation } from '../client/client.ts';

/** Highest epoch of the plan; on the primary Deployment. */
export const EPOCH = 'sluice.dev/epoch';
/** JSON list of the deliveries that began a rollout; on the primary Deployment. */
export const DELIVERIES = 'sluice.dev/deliveries';
/** When the newest offer that began a rollout was issued, ISO 8601, where a server vouched for it; on the primary Deployment. */
export const ISSUED = 'sluice.dev/issued';
/** `<namespace>/<plan>`: whose object this is. */
export const OWNER = 'sluice.dev/owner';
/** `<namespace>/<mirror>`: whose copies a route sends; beside the owner's claim, on routes, while the mirror is on. */
export const MIRROR = 'sluice.dev/mirror';
/** On routes: the rollout (`<plan>-<epoch>`) that has users, copies or cookies on the canary; absent at rest. */
export const ROLLOUT = 'sluice.dev/rollout';
/** With `source: canary`, on the canary: how often it was offered, and what it had when a rollout of it began last, see `mark.ts`. */
export const OFFERED = 'sluice.dev/offered';
/** On Services that are routes, away from rest: what they selected for the primary, and the share that the canary is asked to have. */
export const SHARE = 'sluice.dev/share';
/** Revision id of the template that we wrote last; on Deployments. */
export const REVISION = 'sluice.dev/revision';
/** Hash of that template as it was admitted; another one there is somebody's change. Beside `REVISION`, always. */
export const TEMPLATE = 'sluice.dev/template';
/**
 * What we wrote last to fields that we share with others, to be put back while it still says so: `<min>-<max>` on autoscalers,
 * replicas on the primary, `paused` on the canary (see `held.ts`).
 */
export const WROTE = 'sluice.dev/wrote';
/** Label of our ControllerRevisions: the plan's name. */
export const PLAN_LABEL = 'sluice.dev/plan';

/** Deliveries that are remembered. */
export const MAX_DELIVERIES = 50;

/** One accepted offer: its id, the epoch it got, and the workflow run that took it. */
export interface StoredDelivery {
  id: string;
  epoch: number;
  run: string;
  /** When that run started, ISO 8601. */
  startedAt?: string;
}

/** `<namespace>/<plan>` */
export function claimOf(owner: { namespace: string; name: string }): string {
  return `${owner.namespace}/${owner.name}`;
}

/** A mirror as the owner of a fence. No plan has that name: theirs have no dot. */
export function mirrorOwner(mirror: string): string {
  return `mirror.${mirror}`;
}

export function annotation(object: KubeObject | undefined, key: string): string | undefined {
  return object?.metadata.annotations?.[key];
}

export function storedFence(object: KubeObject | undefined, owner: string): Fence | undefined {
  return parseFence(annotation(object, fenceKey(owner)));
}

/** Highest epoch of this owner that an object knows of; 0: none. */
export function storedEpoch(object: KubeObject | undefined, plan: { namespace: string; name: string }): number {
  const own = annotation(object, OWNER) === claimOf(plan) ? Number(annotation(object, EPOCH) ?? 0) : 0;
  return Math.max(Number.isSafeInteger(own) ? own : 0, storedFence(object, plan.name)?.epoch ?? 0);
}

/** @returns an empty list when absent or unreadable */
export function storedDeliveries(object: KubeObject): StoredDelivery[] {
  try {
    const list: unknown = JSON.parse(annotation(object, DELIVERIES) ?? '[]');
    return Array.isArray(list) ? list.filter(isDelivery) : [];
  } catch {
    return [];
  }
}

function isDelivery(value: unknown): value is StoredDelivery {
  const { id, epoch, run } = (value ?? {}) as Record<string, unknown>;
  return typeof id === 'string' && typeof epoch === 'number' && typeof run === 'string';
}

/** Operations that set annotations of an object. */
export function annotate(
  existing: Record<string, string> | undefined,
  values: Record<string, string>,
): PatchOperation[] {
  const create: PatchOperation[] = existing ? [] : [{ op: 'add', path: '/metadata/annotations', value: {} }];
  const set = Object.entries(values).map(
    ([key, value]): PatchOperation => ({ op: 'add', path: `/metadata/annotations/${pointer(key)}`, value }),
  );
  return [...create, ...set];
}

/** Removes an annotation, if it is there. */
export function forget(object: KubeObject, key: string): PatchOperation[] {
  return annotation(object, key) === undefined ? [] : [{ op: 'remove', path: `/metadata/annotations/${pointer(key)}` }];
}

/** A key as one segment of a JSON Pointer (RFC 6901). */
export function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
