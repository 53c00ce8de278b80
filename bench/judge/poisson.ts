import { lnFactorial } from './ln-factorial.ts';
import type { Random } from './random.ts';

const REJECTION_FROM = 10;

/**
 * A Poisson count, exact for every mean: inversion below 10, from there PTRS (Hörmann 1993, "The transformed rejection
 * method for generating Poisson random variables", Insurance: Mathematics and Economics 12).
 * @param mean 0 up to 1e12
 */
export function poisson(mean: number, random: Random): number {
  if (!(mean >= 0 && mean <= 1e12)) throw new RangeError(`mean is ${mean}: 0 to 1e12 wanted`);
  return mean < REJECTION_FROM ? inverted(mean, random) : rejected(mean, random);
}

function inverted(mean: number, random: Random): number {
  let left = random();
  let probability = Math.exp(-mean);
  let k = 0;
  // The terms vanish before k gets large; `left` may keep a rounding error above 0.
  while (left > probability && probability > 0) {
    left -= probability;
    k += 1;
    probability *= mean / k;
  }
  return k;
}

function rejected(mean: number, random: Random): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const lnInverseAlpha = Math.log(1.1239 + 1.1328 / (b - 3.4));
  const sure = 0.9277 - 3.6224 / (b - 2);
  const lnMean = Math.log(mean);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= sure) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log(v) + lnInverseAlpha - Math.log(a / (us * us) + b) <= k * lnMean - mean - lnFactorial(k)) return k;
  }
}
