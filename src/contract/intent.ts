import type { MatchCondition } from './plan.ts';

/** The wanted state of traffic: always complete, never a delta (order rule 2). Percent, integers, primary + canary = 100. */
export interface RouteIntent {
  primary: number;
  canary: number;
  /** Percent of live requests copied to the canary; 0 = no mirror. */
  mirror: number;
  /** Absent: nobody is recognised by a cookie, and no route of ours does so. */
  affinity?: AffinityIntent;
  /** Who meets one of them is on the canary, whatever the weights are. Absent: nobody is for what they match; never empty. */
  match?: readonly MatchCondition[];
}

/** What becomes of users who met the canary; which cookie tells them is the plan's. */
export interface AffinityIntent {
  /**
   * - `keep`: whoever shows the cookie stays on the canary, and the canary's answers to new clients set it
   * - `expire`: whoever shows the cookie goes to the primary, and the answer takes the cookie away
   */
  phase: 'keep' | 'expire';
  /** Value of the cookie: the rollout's id, so that no rollout takes another one's users for its own. */
  value: string;
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

export function withAffinity(intent: RouteIntent, affinity: AffinityIntent | undefined): RouteIntent {
  return affinity ? { ...intent, affinity } : intent;
}

export function withMatch(intent: RouteIntent, match: readonly MatchCondition[] = []): RouteIntent {
  return match.length > 0 ? { ...intent, match } : intent;
}

/** Users are on the canary, by weight or for what they match. */
export function hasUsers({ canary, match }: RouteIntent): boolean {
  return canary > 0 || match !== undefined;
}

/** Users or copies reach the canary. */
export function leadsToCanary(intent: RouteIntent): boolean {
  return hasUsers(intent) || intent.mirror > 0;
}

/** The first sends users to the canary for what they match whom the second does not. @param b undefined: not known */
export function matchesMore(a: RouteIntent, b: RouteIntent | undefined): boolean {
  const there = (b?.match ?? []).map((one) => JSON.stringify(one));
  return (a.match ?? []).some((one) => !there.includes(JSON.stringify(one)));
}

/** Nobody and nothing of a rollout is on the route. */
export function isAtRest(intent: RouteIntent): boolean {
  return sameIntent(intent, AT_REST);
}

export function sameIntent(a: RouteIntent, b: RouteIntent): boolean {
  const sameMatch = JSON.stringify(a.match) === JSON.stringify(b.match);
  return (
    sameMatch && sameWeights(a, b) && a.affinity?.phase === b.affinity?.phase && a.affinity?.value === b.affinity?.value
  );
}

/** Alike apart from affinity. */
function sameWeights(a: RouteIntent, b: RouteIntent): boolean {
  return a.primary === b.primary && a.canary === b.canary && a.mirror === b.mirror;
}

/** @throws RangeError when weights are not integers from 0 to 100 that sum to 100, the mirror is out of range, or users are kept on a canary without weight. */
export function assertIntent(intent: RouteIntent): void {
  const { primary, canary, mirror } = intent;
  const valid = [primary, canary, mirror].every((n) => Number.isInteger(n) && n >= 0 && n <= 100);
  if (!valid || primary + canary !== 100) {
    throw new RangeError(`weights are whole percents that sum to 100: ${JSON.stringify(intent)}`);
  }
  if (intent.match && (intent.match.length === 0 || mirror > 0)) {
    throw new RangeError(`somebody matches, and nothing is mirrored: ${JSON.stringify(intent)}`);
  }
  if (intent.affinity?.phase === 'keep' && canary === 0) {
    throw new RangeError(`nobody is kept on a canary without weight: ${JSON.stringify(intent)}`);
  }
}

/** "primary 80 %, canary 20 %, who met it stays" or "primary 100 %, copies 100 % to the canary". */
export function describeIntent(intent: RouteIntent): string {
  if (intent.mirror > 0) return `primary ${intent.primary} %, copies ${intent.mirror} % to the canary`;
  const match = intent.match ? `, ${describeMatch(intent.match)} on the canary` : '';
  const weights = `primary ${intent.primary} %, canary ${intent.canary} %${match}`;
  if (!intent.affinity) return weights;
  return intent.affinity.phase === 'keep' ? `${weights}, who met it stays` : `${weights}, its cookie expires`;
}

/** `mirror`, `match` (the second stage with one: `match 2`) or `40 %`: where an interval ran. */
export function stageName({ mirror, canary, match }: RouteIntent): string {
  if (canary === 0 && match) return match.length === 1 ? 'match' : `match ${match.length}`;
  return mirror > 0 ? 'mirror' : `${canary} %`;
}

/** `users with header x-tester: yes or cookie tester=1` */
export function describeMatch(match: readonly MatchCondition[]): string {
  const conditions = match.map(({ header = {}, cookie = {} }) => {
    const headers = Object.entries(header).map(
      ([name, value]) => `${name}: ${typeof value === 'string' ? value : value.regex}`,
    );
    const cookies = Object.entries(cookie).map(([name, value]) => `cookie ${name}=${value}`);
    return headers.length > 0 ? `header ${headers.join(' and ')}` : cookies.join(' and ');
  });
  return `users with ${conditions.join(' or ')}`;
}
