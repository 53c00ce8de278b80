import { lnFactorial } from './ln-factorial.ts';
import type { Random } from './random.ts';

const REJECTION_FROM = 10;

/**
 * Successes in `n` tries, exact: inversion for means below 10 (BINV, Kachitvichyanukul and Schmeiser 1988), from there
 * BTRS (Hörmann 1993, "The generation of binomial random variates", J. Statist. Comput. Simul. 46).
 * @param n whole number from 0
 * @param p probability of a success, 0 to 1
 */
export function binomial(n: number, p: number, random: Random): number {
  if (!(Number.isSafeInteger(n) && n >= 0)) throw new RangeError(`n is ${n}: a whole number from 0 wanted`);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p is ${p}: 0 to 1 wanted`);
  if (p > 0.5) return n - atMostHalf(n, 1 - p, random);
  return atMostHalf(n, p, random);
}

function atMostHalf(n: number, p: number, random: Random): number {
  if (n === 0 || p === 0) return 0;
  return n * p < REJECTION_FROM ? inverted(n, p, random) : rejected(n, p, random);
}

function inverted(n: number, p: number, random: Random): number {
  const odds = p / (1 - p);
  let left = random();
  // Never 0: n p is below 10 and p at most a half, so ln (1 - p)^n is above -14.
  let probability = Math.exp(n * Math.log1p(-p));
  let k = 0;
  while (left > probability && k < n) {
    left -= probability;
    k += 1;
    probability *= (odds * (n - k + 1)) / k;
  }
  return k;
}

function rejected(n: number, p: number, random: Random): number {
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const sure = 0.92 - 4.2 / b;
  const lnOdds = Math.log(p / (1 - p));
  const mode = Math.floor((n + 1) * p);
  const atMode = lnFactorial(mode) + lnFactorial(n - mode);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + n * p + 0.5);
    if (us >= 0.07 && v <= sure) return k;
    if (k < 0 || k > n) continue;
    const bound = atMode - lnFactorial(k) - lnFactorial(n - k) + (k - mode) * lnOdds;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}
