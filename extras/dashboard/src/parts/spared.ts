/** How many users' requests a rollout that went back has spared, and how many it cost. Counted from what was measured, interval by interval; nothing is extrapolated. Pure. */
import type { Interval } from 'sluice/server';

export interface Spared {
  /** Requests that the primary answered and the canary would have failed. */
  spared: number;
  /** Users' requests that failed on the canary. */
  hit: number;
}

/** How it is counted, for whoever reads the number. */
export const HOW_COUNTED =
  'In each interval: the users’ requests that stayed on the primary, times the share that failed on the canary beyond the primary’s own. ' +
  'While mirroring that is the copies that failed. Only rollouts that went back count, and only what was measured before they did: it is a lower bound.';

/** @returns undefined when no interval says what share of requests failed */
export function sparedBy(intervals: readonly Interval[]): Spared | undefined {
  const counted = intervals.flatMap((interval) => {
    const share = excess(interval);
    return share === undefined ? [] : [countIn(interval, share)];
  });
  if (counted.length === 0) return undefined;
  const sum = (of: keyof Spared) => Math.round(counted.reduce((total, one) => total + one[of], 0));
  return { spared: sum('spared'), hit: sum('hit') };
}

function countIn({ stage, requests, observedWeight }: Interval, share: number): Spared {
  const weight = observedWeight ?? Number.parseFloat(stage);
  // copies: the users' own requests were all answered by the primary
  if (!Number.isFinite(Number.parseFloat(stage))) return { spared: requests * share, hit: 0 };
  const stayed = weight > 0 ? (requests * (100 - weight)) / weight : 0;
  return { spared: stayed * share, hit: requests * share };
}

/** The share of requests that fail on the canary and not on the primary, 0 to 1. */
function excess({ checks, comparison }: Interval): number | undefined {
  const { canary, primary } = armsOf(comparison?.ticks ?? []);
  if (canary.requests > 0)
    return Math.max(
      0,
      canary.errors / canary.requests - (primary.requests > 0 ? primary.errors / primary.requests : 0),
    );
  // the built-in success rate: a query of the plan says which side of its limit is right
  const rate = checks.find(
    ({ unit, bound, value, podsOnly }) => unit === '%' && !bound && !podsOnly && value !== undefined,
  );
  return rate?.value === undefined ? undefined : Math.max(0, 1 - rate.value / 100);
}

type Ticks = NonNullable<Interval['comparison']>['ticks'];

function armsOf(ticks: Ticks) {
  const arms = { canary: { requests: 0, errors: 0 }, primary: { requests: 0, errors: 0 } };
  for (const tick of ticks) {
    for (const side of ['canary', 'primary'] as const) {
      arms[side].requests += tick[side]?.requests ?? 0;
      arms[side].errors += tick[side]?.errors ?? 0;
    }
  }
  return arms;
}
