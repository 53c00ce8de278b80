import { expectedRequests } from './compare/expected.ts';
import { initial } from './compare/state.ts';
import type { CompareOptions } from './compare/types.ts';

/** What to expect of one canary. */
export interface Expectation {
  /** Error rates, 0 to 1. */
  primary: number;
  canary: number;
  outcome: 'pass' | 'abort';
  /** Canary requests; null: never. With the least number of ticks, `minutes` may be longer than these take. */
  requests: number | null;
  ticks: number | null;
  minutes: number | null;
}

export interface JudgePlan {
  rps: number;
  /** Percent; absent for a mirror. */
  weight?: number;
  canaryRequestsPerMinute: number;
  tickSeconds: number;
  expectations: Expectation[];
}

export interface Setting {
  options: CompareOptions;
  share: number | 'mirror';
  /** Canary requests. */
  perTick: number;
  /** ms */
  tick: number;
}

/** Ticks: those left out, then as many as the requests take, at least what the caps demand. */
export function expectation(
  rates: { primary: number; canary: number },
  outcome: 'pass' | 'abort',
  { options, share, perTick, tick }: Setting,
): Expectation {
  const { rules } = initial(options);
  const requests = expectedRequests(options, rates, share)[outcome];
  const least = outcome === 'abort' ? rules.abortTicks : Math.max(rules.passTicks, rules.minTicks);
  const ticks = rules.warmupTicks + Math.max(least, Math.ceil(requests / perTick));
  if (!Number.isFinite(ticks)) return { ...rates, outcome, requests: null, ticks: null, minutes: null };
  return { ...rates, outcome, requests: Math.ceil(requests), ticks, minutes: (ticks * tick) / 60_000 };
}
