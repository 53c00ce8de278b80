import type { Line } from './types.ts';

/** Requests and bad ones of one tick: canary `nc`, `xc`, primary `np`, `xp`. */
export interface PairCounts {
  nc: number;
  xc: number;
  np: number;
  xp: number;
}

/** Stands for an empty primary arm, so that no product can overflow. */
const HUGE = 1e200;

/**
 * ln of one tick's e-value against "the canary's bad rate is at most (kappa > 1) or at least (kappa < 1) ratio x the
 * primary's + margin", uncapped. It is the likelihood ratio of two Poisson counts between "kappa times the tolerated
 * rate" and the closest point of the null hypothesis; its expectation is at most 1 under that null by ln(1 + z) <= z,
 * so that products over ticks are test supermartingales (betting; Wald 1945, Ville 1939, Waudby-Smith and Ramdas 2024).
 * With ratio 1 and margin 0 it is Wald's ratio for the split of the bad requests between the arms; with ratio 0 it
 * looks at the canary alone.
 * @param kappa factor bet on, above 0
 * @returns always finite for counts of 0 up to 2^53, exact to about 1e-16 per bad request; 0 when both arms are empty
 */
export function logE(kappa: number, line: Line, { nc, xc, np, xp }: PairCounts): number {
  if (line.ratio === 0) return xc * Math.log(kappa) - line.margin * nc * (kappa - 1);
  if (nc + np === 0) return 0;
  const nr = Math.min((line.ratio * nc) / np, HUGE);
  const odds = 1 + nr * kappa;
  return xc * Math.log(kappa) + (xc + xp) * Math.log((1 + nr) / odds) - (line.margin * nc * (kappa - 1)) / odds;
}
