/** Cuts what users and pods recorded by where traffic was routed at the time. Pure. */
import type { PodRequest, ProbeRecord } from '../prober/index.ts';
import { summarize } from '../prober/index.ts';
import type { TrafficChange } from './route-log.ts';

export interface TrafficPhase {
  name: string;
  /** Percent of the users on the canary, and of the requests copied to it. */
  canary: number;
  mirror: number;
  /** Epoch ms; from is inclusive, to is not. */
  from: number;
  to: number;
}

/** What lasts shorter is on its way to something else, and counts as part of what was before. */
const SHORTEST_MS = 500;

export interface PhaseCount {
  name: string;
  sent: number;
  failed: number;
  /** Requests that each version answered. */
  byVersion: Record<string, number>;
  /** Copies that arrived at canary pods. */
  copies: number;
}

/** What traffic was like between two moments, epoch ms, one phase per change. */
export function phasesOf(changes: readonly TrafficChange[], from: number, to: number): TrafficPhase[] {
  const before = changes.findLast(({ at }) => at <= from);
  const inside = changes.filter(({ at }) => at > from && at < to);
  const all = before ? [{ ...before, at: from }, ...inside] : inside;
  const states = all.filter(({ at }, index) => (all[index + 1]?.at ?? to) - at >= SHORTEST_MS);
  return states.map((state, index) => ({
    name: nameOf(state, index, states.length),
    canary: state.canary,
    mirror: state.mirror,
    from: state.at,
    to: states[index + 1]?.at ?? to,
  }));
}

function nameOf({ canary, mirror }: TrafficChange, index: number, count: number): string {
  if (mirror > 0) return `mirror ${mirror} %`;
  if (canary > 0) return `weight ${canary} %`;
  if (index === 0) return 'before, tests';
  return index === count - 1 ? 'back on primary' : 'mirror off';
}

export function countPhases(
  phases: readonly TrafficPhase[],
  users: ProbeRecord[],
  copies: readonly Pick<PodRequest, 'at'>[],
): PhaseCount[] {
  return phases.map(({ name, from, to }) => {
    const { total, failed, byVersion } = summarize(users, { from, to });
    return { name, sent: total, failed, byVersion, copies: copies.filter(({ at }) => at >= from && at < to).length };
  });
}
