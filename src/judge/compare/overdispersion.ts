import type { ArmCounts } from './types.ts';

type PodCounts = Pick<ArmCounts, 'requests' | 'errors'>;

/** Per tick the counts of the primary's pods by name. */
type PodTicks = readonly ReadonlyMap<string, PodCounts>[];

/**
 * Size of the clusters that failures come in (Pearson's dispersion of pods within ticks). Common outages do not raise it,
 * as every pod is held against its own tick; nor does a pod that is always worse, as it is held against its own rate, which
 * `podSpread` is about.
 * @param ticks of the primary before the rollout, best the last 30
 * @returns 1 or more; 1 when there is nothing to tell from. Ticks without failures, or with nothing else, are left out.
 */
export function overdispersion(ticks: PodTicks): number {
  const relative = relativeRates(ticks);
  let [sum, freedom] = [0, 0];
  for (const tick of ticks) {
    const pods = [...tick].map(([name, { requests, errors }]) => ({
      requests: requests * (relative.get(name) ?? 1),
      errors,
    }));
    const exposed = pods.filter(({ requests }) => requests > 0);
    const p = rate(exposed);
    if (!(p > 0 && p < 1)) continue;
    for (const { requests, errors } of exposed) sum += (errors - requests * p) ** 2 / (requests * p * (1 - p));
    freedom += exposed.length - 1;
  }
  return freedom > 0 ? Math.max(1, sum / freedom) : 1;
}

/**
 * Spread tau of ln(rate) between the primary's pods that stays from tick to tick: tau^2 = ln(1 + CV^2), the CV by the method of
 * moments. Only products of a pod's excess in two different ticks count: chance and clusters cancel out of them, and a common
 * outage is no excess.
 * @returns 0 or more
 */
export function podSpread(ticks: PodTicks): number {
  const pods = new Map<string, { excess: number; expected: number }>();
  let [excess, squares] = [0, 0];
  for (const tick of ticks) {
    const p = rate([...tick.values()]);
    for (const [name, { requests, errors }] of tick) {
      const before = pods.get(name) ?? { excess: 0, expected: 0 };
      const now = { excess: errors - requests * p, expected: requests * p };
      excess += before.excess * now.excess;
      squares += before.expected * now.expected;
      pods.set(name, { excess: before.excess + now.excess, expected: before.expected + now.expected });
    }
  }
  return squares > 0 ? Math.sqrt(Math.log1p(Math.max(0, excess / squares))) : 0;
}

/** Failures of each pod over those that the rates of its ticks would have given it. */
function relativeRates(ticks: PodTicks): Map<string, number> {
  const sums = new Map<string, { errors: number; expected: number }>();
  for (const tick of ticks) {
    const p = rate([...tick.values()]);
    for (const [name, { requests, errors }] of tick) {
      const { errors: failed = 0, expected = 0 } = sums.get(name) ?? {};
      sums.set(name, { errors: failed + errors, expected: expected + requests * p });
    }
  }
  return new Map([...sums].map(([name, { errors, expected }]) => [name, expected > 0 ? errors / expected : 1]));
}

function rate(pods: readonly PodCounts[]): number {
  let [requests, errors] = [0, 0];
  for (const pod of pods) {
    requests += pod.requests;
    errors += pod.errors;
  }
  return requests > 0 ? errors / requests : 0;
}
