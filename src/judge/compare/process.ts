import { logAddExp, logMeanExp } from './log-math.ts';

/** Evidence of one series after `k` counted ticks: ln of the wealth of each bet, empty before the first tick. */
export interface Series {
  k: number;
  s: number[];
}

export const UNTOUCHED: Series = { k: 0, s: [] };

/** Factors bet on; each carries the same share of the wealth. */
export const ABORT_GRID = [1.2, 1.5, 2, 3, 5, 10, 30, 100];
export const PASS_GRID = [0.85, 0.7, 0.55, 0.35, 0.15, 0.02];

/**
 * One tick of an abort process. Wealth is spread over all ticks at which a regression may begin with the prior
 * 1 / (k (k + 1)), so a late one is not diluted by good ticks before it (e-detectors, Shin, Ramdas and Rinaldo 2022).
 * @param gains ln of the tick's e-value for each factor of `ABORT_GRID`, capped
 */
export function advanceAbort(series: Series, gains: readonly number[]): Series {
  const k = series.k + 1;
  const fresh = -Math.log(k) - Math.log(k + 1);
  return { k, s: gains.map((gain, j) => logAddExp(series.s[j] ?? Number.NEGATIVE_INFINITY, fresh) + gain) };
}

/** ln E of an abort process: the mean wealth and what is left of the prior, 1 / (k + 1). 0 before the first tick. */
export function lnAbort({ k, s }: Series): number {
  return logAddExp(logMeanExp(s), -Math.log(k + 1));
}

/** One tick of a pass process: a plain product of e-values for each factor of `PASS_GRID`, without restarts. */
export function advancePass(series: Series, gains: readonly number[]): Series {
  return { k: series.k + 1, s: gains.map((gain, j) => (series.s[j] ?? 0) + gain) };
}

/** ln E of a pass process: the mean wealth. 0 before the first tick. */
export function lnPass({ k, s }: Series): number {
  return k === 0 ? 0 : logMeanExp(s);
}
