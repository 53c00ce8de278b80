import { lnBeta } from './ln-beta.ts';

/** Tuning of the rate interval's prior, as published: at tOpt requests it is narrowest for this alpha. */
const TUNED_FOR = 0.05;
/** Prior weight, in failures, of the ratio interval. */
const PRIOR = 100;

/**
 * Interval of a rate that holds at all times at once with probability 1 - alpha: every p that the beta-binomial mixture
 * martingale centred at p does not refute (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021).
 * @param tOpt requests at which the interval is to be narrowest
 * @returns lower and upper end, 0 to 1; [0, 1] without requests
 */
export function rateInterval(bad: number, requests: number, alpha = 0.05, tOpt = 1000): [lo: number, hi: number] {
  if (!(bad >= 0 && requests >= bad)) throw new RangeError(`${bad} bad of ${requests} requests: 0 to all wanted`);
  if (requests === 0) return [0, 1];
  const ln = 2 * Math.log(1 / TUNED_FOR);
  const prior = Math.max(tOpt / (ln + Math.log1p(ln)) - 1, 1e-3);
  const mixture = (p: number) => lnMixture(bad, requests - bad, p, prior * p, prior * (1 - p));
  return ends(mixture, bad / requests, Math.log(1 / alpha));
}

/**
 * Interval of canary rate / primary rate that holds at all times at once with probability 1 - alpha, for one constant
 * share of traffic: the canary's part of all bad requests against a beta prior around its share of the traffic
 * (Lindon and Malek 2022). Bad requests must be rare for the ratio of rates to be the ratio of odds.
 * @param share the canary's part of both arms' requests, above 0 and below 1; 0.5 when mirrored
 * @returns lower and upper end; the upper one is Infinity when the primary has no bad requests
 */
export function ratioInterval(
  badCanary: number,
  badPrimary: number,
  share: number,
  alpha = 0.05,
): [lo: number, hi: number] {
  if (!(share > 0 && share < 1)) throw new RangeError(`share is ${share}: between 0 and 1 wanted`);
  if (!(badCanary >= 0 && badPrimary >= 0))
    throw new RangeError(`${badCanary} and ${badPrimary} bad requests: 0 or more wanted`);
  const bad = badCanary + badPrimary;
  if (bad === 0) return [0, Number.POSITIVE_INFINITY];
  const mixture = (part: number) => lnMixture(badCanary, badPrimary, part, PRIOR * share, PRIOR * (1 - share));
  const [lo, hi] = ends(mixture, badCanary / bad, Math.log(1 / alpha));
  const ratio = (part: number) => (part / (1 - part)) * ((1 - share) / share);
  return [ratio(lo), ratio(hi)];
}

/** ln of the beta-binomial mixture likelihood over the likelihood at p: a test martingale when p is the truth. */
function lnMixture(hits: number, misses: number, p: number, a: number, b: number): number {
  const atP = (hits === 0 ? 0 : hits * Math.log(p)) + (misses === 0 ? 0 : misses * Math.log1p(-p));
  return lnBeta(a + hits, b + misses) - lnBeta(a, b) - atP;
}

/** Where the mixture crosses the threshold on both sides of the observed rate. */
function ends(mixture: (p: number) => number, observed: number, threshold: number): [number, number] {
  const refuted = (p: number) => mixture(p) >= threshold;
  const lo = observed === 0 ? 0 : cross(refuted, 0, observed);
  const hi = observed === 1 ? 1 : cross(refuted, 1, observed);
  return [lo, hi];
}

/** Bisection between a refuted end and the observed rate, to the last digits. */
function cross(refuted: (p: number) => boolean, outside: number, inside: number): number {
  let [out, kept] = [outside, inside];
  for (let i = 0; i < 200; i += 1) {
    const middle = (out + kept) / 2;
    if (middle === out || middle === kept) break;
    if (refuted(middle)) out = middle;
    else kept = middle;
  }
  return (out + kept) / 2;
}
