import type { ArmCounts } from './types.ts';

type PodCounts = Pick<ArmCounts, 'requests' | 'errors'>;

/**
 * Size of the clusters that failures come in (Pearson's dispersion of pods within ticks). Common outages do not raise it,
 * as every pod is held against its own tick.
 * @param ticks of the primary before the rollout, best the last 30: per tick its pods' counts, in any order
 * @returns 1 or more; 1 when there is nothing to tell from. Ticks without failures, or with nothing else, are left out.
 */
export function overdispersion(ticks: readonly (readonly PodCounts[])[]): number {
  let [sum, freedom] = [0, 0];
  for (const tick of ticks) {
    const pods = tick.filter(({ requests }) => requests > 0);
    const p = rate(pods);
    if (!(p > 0 && p < 1)) continue;
    for (const { requests, errors } of pods) sum += (errors - requests * p) ** 2 / (requests * p * (1 - p));
    freedom += pods.length - 1;
  }
  return freedom > 0 ? Math.max(1, sum / freedom) : 1;
}

/**
 * Spread of ln(rate) between the primary's pods beyond the noise of counting (method of moments on the pods' counts).
 * @returns 0 or more
 */
export function podSpread(pods: readonly PodCounts[]): number {
  const p = rate(pods);
  let [excess, squares] = [0, 0];
  for (const { requests, errors } of pods) {
    const expected = requests * p;
    excess += (errors - expected) ** 2 - expected;
    squares += expected ** 2;
  }
  return squares > 0 ? Math.sqrt(Math.max(0, excess / squares)) : 0;
}

function rate(pods: readonly PodCounts[]): number {
  let [requests, errors] = [0, 0];
  for (const pod of pods) {
    requests += pod.requests;
    errors += pod.errors;
  }
  return requests > 0 ? errors / requests : 0;
}
