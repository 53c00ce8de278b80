/** Every write of a rollout: numbered when it is scheduled, and remembered when it was seen to be made (order rule 3). */
import { isCancellation } from '@temporalio/workflow';
import type { ClusterActivities, FencedTarget } from '../../contract/activities.ts';
import type { Uids } from '../../contract/detected.ts';
import type { Fence, WriteObject } from '../../contract/fence.ts';
import { QUICK_MS, routeLimitMs } from '../../contract/time-limits.ts';
import type { World } from '../../contract/world.ts';
import { clusterActivities } from '../activities.ts';
import { Outdated, refusedWith, TakenOver } from './errors.ts';
import type { Run } from './run.ts';
import type { Made } from './step.ts';

export type WriteCall<T> = (activities: Omit<ClusterActivities, 'detect'>, target: FencedTarget) => Promise<T>;

interface Write {
  object: WriteObject;
  what: Made['what'];
  summary: string;
  /** Of the way to rest: a few quick tries only, as it is tried again by whoever waits; to whatever has the name. Default false. */
  back?: boolean;
  /** An object that was made anew is written too, and is this rollout's from then on. Default false. */
  adopt?: boolean;
}

/**
 * One write of an object, with the next number.
 * @throws Outdated when a newer write of the object was scheduled meanwhile
 * @throws TakenOver when a later rollout has written it
 */
export async function write<T>(
  run: Run,
  { object, what, summary, back = false, adopt = false }: Write,
  call: WriteCall<T>,
): Promise<T> {
  const limitMs = object === 'route' ? routeLimitMs(run.plan) : QUICK_MS;
  for (;;) {
    const seq = takeNumber(run, object);
    try {
      const target = { ...targetOf(run, seq), ...(!back && { uids: run.detected.uids }) };
      const result = await call(clusterActivities(run, summary, { limitMs, back }), target);
      noteMade(run, object, what, seq);
      return result;
    } catch (error) {
      const anew = adopt && refusedWith<Uids>(error, 'Recreated');
      if (anew) {
        run.bind(anew);
        continue;
      }
      const stored = refusedWith<Fence>(error, 'FenceRefused');
      if (!stored || isCancellation(error)) throw error;
      goAbove(run, stored);
      // a newer write of this run: what it wanted counts
      if (stored.seq > seq && (run.state.scheduled[object] ?? 0) > seq) throw new Outdated();
    }
  }
}

export function takeNumber({ state, detected }: Run, object: WriteObject): number {
  state.seq += 1;
  state.scheduled[object] = state.seq;
  // a primary is written together with the minimum of its HPA
  if (object === 'primary' && detected.autoscalers.primary) state.scheduled['primary-autoscaler'] = state.seq;
  return state.seq;
}

export function targetOf(run: Run, seq: number): FencedTarget {
  const { epoch, snapshotHash } = run.detected;
  return { ...run.target, fence: { epoch, seq }, ...(snapshotHash && { snapshotHash }) };
}

export function noteMade({ state }: Run, object: WriteObject, what: Made['what'], seq: number): void {
  if (seq >= (state.made[object]?.seq ?? 0)) state.made[object] = { what, seq, at: Date.now() };
}

/**
 * A fence of this rollout that is higher than any number we took: the run was reset, and goes on above it.
 * @throws TakenOver when it is a later rollout's
 */
function goAbove(run: Run, stored: Fence | undefined): void {
  if (!stored || stored.epoch < run.detected.epoch) return;
  if (stored.epoch > run.detected.epoch) throw new TakenOver(stored);
  run.state.seq = Math.max(run.state.seq, stored.seq);
}

/** Of everything that was looked at. @throws TakenOver */
export function noteFences(run: Run, { routes, primary, canary }: World): void {
  for (const { fence } of [...routes, primary, canary]) goAbove(run, fence);
}
