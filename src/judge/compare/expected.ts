import { logE } from './e-value.ts';
import { ABORT_GRID, PASS_GRID } from './process.ts';
import { resolve } from './rules.ts';
import type { CompareOptions, Line } from './types.ts';

/**
 * Canary requests until a decision, on average: threshold over the best bet's growth of evidence per canary request
 * (Wald's approximation). The least number of ticks, 2 to abort and 3 to pass, comes on top.
 * @param rates bad rates of both arms, 0 to 1
 * @param share the canary's part of both arms' requests, above 0 and below 1; 'mirror': as many as the primary's
 * @param metric whose lines are meant; for latency the rates are those at one bound, and the mean over bounds costs more
 * @returns Infinity where the evidence does not grow: never
 */
export function expectedRequests(
  options: CompareOptions,
  rates: { primary: number; canary: number },
  share: number | 'mirror',
  metric: 'errors' | 'latency' = 'errors',
): { abort: number; pass: number } {
  if (share !== 'mirror' && !(share > 0 && share < 1))
    throw new RangeError(`share is ${share}: between 0 and 1 wanted`);
  const { alpha, beta, metrics } = resolve(options);
  const rules = metrics.find(({ name }) => name === metric);
  if (!rules?.pass) throw new RangeError(`${metric} is not compared: an option for it wanted`);
  const np = share === 'mirror' ? 1 : (1 - share) / share;
  const counts = { nc: 1, xc: rates.canary, np, xp: np * rates.primary };
  const growth = (grid: readonly number[], line: Line) =>
    Math.max(...grid.map((kappa) => logE(kappa, line, counts))) / rules.overdispersion;
  return {
    abort: until(Math.log((2 * ABORT_GRID.length) / (alpha * rules.weight)), growth(ABORT_GRID, rules.abort)),
    pass: until(Math.log(PASS_GRID.length / beta), growth(PASS_GRID, rules.pass)),
  };
}

function until(threshold: number, growth: number): number {
  return growth > 0 ? threshold / growth : Number.POSITIVE_INFINITY;
}
