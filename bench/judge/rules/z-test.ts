import { NORMAL_99 } from './normal.ts';
import type { Rule } from './rule.ts';

/**
 * The textbook test of two proportions with pooled variance, canary higher (NIST/SEMATECH e-Handbook of Statistical
 * Methods, 7.3.3), on all counts so far at p < 0.01: fine for one look, here looked at after every tick.
 */
export const zTestRule: Rule = {
  name: 'z-test',
  start: () => {
    let nc = 0;
    let xc = 0;
    let np = 0;
    let xp = 0;
    return ({ canary, primary }) => {
      nc += canary.requests;
      xc += canary.errors;
      np += primary.requests;
      xp += primary.errors;
      return twoProportionZ(xc, nc, xp, np) > NORMAL_99 ? 'abort' : 'continue';
    };
  },
};

/** z of x1/n1 against x2/n2; 0 where it is not defined. */
export function twoProportionZ(x1: number, n1: number, x2: number, n2: number): number {
  if (n1 === 0 || n2 === 0) return 0;
  const pooled = (x1 + x2) / (n1 + n2);
  const variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2);
  return variance > 0 ? (x1 / n1 - x2 / n2) / Math.sqrt(variance) : 0;
}
