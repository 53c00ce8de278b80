/**
 * Fences order the writes of one owner on one object (order rule 3). The value lives in an annotation of the object and is
 * written in the same guarded request as the change, so a late write of a frozen worker is recognised and refused.
 */
export interface Fence {
  /** Number of the rollout among all rollouts of this plan, from 1. */
  epoch: number;
  /** Number of the write within the rollout, taken by the workflow before the write is scheduled, from 1. */
  seq: number;
}

/** Objects that fenced writes go to. */
export type WriteObject = 'route' | 'primary' | 'canary' | 'primary-autoscaler' | 'canary-autoscaler' | 'destinations';

export type FenceDecision = 'write' | 'confirm' | 'refused';

const PREFIX = 'fence.sluice.dev/';

/** Annotation key of an owner's fence, for example `fence.sluice.dev/reviews`. */
export function fenceKey(owner: string): string {
  return PREFIX + owner;
}

/** `7.12` */
export function formatFence(fence: Fence): string {
  return `${fence.epoch}.${fence.seq}`;
}

/** @returns undefined for an absent or unreadable value */
export function parseFence(text: string | undefined): Fence | undefined {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(text ?? '');
  return match ? { epoch: Number(match[1]), seq: Number(match[2]) } : undefined;
}

/** Negative, zero or positive like a comparator. */
export function compareFences(a: Fence, b: Fence): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}

/** What a write with fence `ours` may do to an object that carries `stored`. */
export function decideWrite(stored: Fence | undefined, ours: Fence): FenceDecision {
  const order = stored ? compareFences(ours, stored) : 1;
  if (order > 0) return 'write';
  return order === 0 ? 'confirm' : 'refused';
}
