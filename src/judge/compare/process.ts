import { logAddExp, logMeanExp } from './log-math.ts';
import { WARM_UP } from './presets.ts';

/** Evidence of one series after `k` counted ticks: ln of the wealth of each bet, empty before the first tick. */
export interface Series {
  k: number;
  /** Ticks of the warm-up. Absent: there is none, and all wealth is for the others. */
  w?: number;
  s: number[];
}

export const UNTOUCHED: Series = { k: 0, s: [] };

/** Factors bet on; each carries the same share of the wealth. */
export const ABORT_GRID = [1.2, 1.5, 2, 3, 5, 10, 30, 100];
export const PASS_GRID = [0.85, 0.7, 0.55, 0.35, 0.15, 0.02];

/**
 * One tick of an abort process. Wealth is spread over all ticks at which a regression may begin with the prior
 * 1 / (k (k + 1)), so a late one is not diluted by good ticks before it (e-detectors, Shin, Ramdas and Rinaldo 2022).
 * With a warm-up a quarter of it is spread over the ticks of that in the same way. Each tick's e-value is held against the line of
 * its own moment, so the whole stays one test supermartingale against "within the line of the moment, always".
 * @param gains ln of the tick's e-value for each factor of `ABORT_GRID`, capped
 */
export function advanceAbort(series: Series, gains: readonly number[], warmUp = false): Series {
  const next = warmUp ? { ...series, w: (series.w ?? 0) + 1 } : { ...series, k: series.k + 1 };
  const nth = (warmUp ? next.w : next.k) ?? 0;
  const fresh = Math.log(wealthFor(series, warmUp)) - Math.log(nth) - Math.log(nth + 1);
  return { ...next, s: gains.map((gain, j) => logAddExp(series.s[j] ?? Number.NEGATIVE_INFINITY, fresh) + gain) };
}

/** Part of the wealth that is bet in the warm-up, or after it. */
export function wealthFor({ w }: Series, warmUp: boolean): number {
  if (w === undefined) return 1;
  return warmUp ? WARM_UP.share : 1 - WARM_UP.share;
}

/** ln E of an abort process: the mean wealth and what is left of the prior, 1 / (k + 1). 0 before the first tick. */
export function lnAbort({ k, w, s }: Series): number {
  const left = w === undefined ? -Math.log(k + 1) : Math.log(WARM_UP.share / (w + 1) + (1 - WARM_UP.share) / (k + 1));
  return logAddExp(logMeanExp(s), left);
}

/** One tick of a pass process: a plain product of e-values for each factor of `PASS_GRID`, without restarts. */
export function advancePass(series: Series, gains: readonly number[]): Series {
  return { k: series.k + 1, s: gains.map((gain, j) => (series.s[j] ?? 0) + gain) };
}

/** ln E of a pass process: the mean wealth. 0 before the first tick. */
export function lnPass({ k, s }: Series): number {
  return k === 0 ? 0 : logMeanExp(s);
}
