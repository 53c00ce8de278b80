/** The wanted state of traffic: always complete, never a delta (order rule 2). Percent, integers, primary + canary = 100. */
export interface RouteIntent {
  primary: number;
  canary: number;
  /** Percent of live requests copied to the canary; 0 = no mirror. */
  mirror: number;
}

/** Everybody on the primary, nothing copied: the state at rest and after every abort. */
export const AT_REST: RouteIntent = { primary: 100, canary: 0, mirror: 0 };

/** Users on the primary, `percent` of their requests copied to the canary. */
export function mirrored(percent: number): RouteIntent {
  return { primary: 100, canary: 0, mirror: percent };
}

/** `weight` percent of the users on the canary. */
export function weighted(weight: number): RouteIntent {
  return { primary: 100 - weight, canary: weight, mirror: 0 };
}

export function sameIntent(a: RouteIntent, b: RouteIntent): boolean {
  return a.primary === b.primary && a.canary === b.canary && a.mirror === b.mirror;
}

/** @throws RangeError when weights are not integers from 0 to 100 that sum to 100, or the mirror is out of range. */
export function assertIntent(intent: RouteIntent): void {
  const { primary, canary, mirror } = intent;
  const valid = [primary, canary, mirror].every((n) => Number.isInteger(n) && n >= 0 && n <= 100);
  if (!valid || primary + canary !== 100) {
    throw new RangeError(`weights are whole percents that sum to 100: ${JSON.stringify(intent)}`);
  }
}

/** "primary 80 %, canary 20 %" or "primary 100 %, copies 100 % to the canary". */
export function describeIntent(intent: RouteIntent): string {
  if (intent.mirror > 0) return `primary ${intent.primary} %, copies ${intent.mirror} % to the canary`;
  return `primary ${intent.primary} %, canary ${intent.canary} %`;
}
