import { type SlowCounts, slowCounts } from './histogram.ts';
import type { MetricRules } from './rules.ts';
import type { ArmCounts, Tick } from './types.ts';

/** What one metric takes from a tick: requests and bad ones of both arms, the bad ones once per series. */
export interface TickSample {
  canary: SlowCounts;
  primary: SlowCounts;
}

/** `without` says in words what is missing when the tick cannot be counted; its counts are then carried over. */
export interface Reading {
  sample?: TickSample;
  without?: string;
}

/** Latency only: the bounds of the metric's series, undefined while they are not known, and those of its proofs of health. */
interface KnownBounds {
  bounds: readonly number[] | undefined;
  guards: readonly number[];
}

export function read(rules: MetricRules, { bounds, guards }: KnownBounds, tick: Tick): Reading {
  if (rules.name === 'errors' || rules.name === 'errors-guard')
    return { sample: { canary: failures(tick.canary), primary: failures(tick.primary) }, without: absent(rules, tick) };
  const without = absent(rules, tick) ?? noHistogram(rules, tick);
  if (!bounds?.length) return { without: without ?? noBound(rules) };
  const sample = { canary: slow(tick.canary, bounds), primary: slow(tick.primary, bounds) };
  return { sample, without: without ?? lackingBound(rules, { bounds, guards }, sample) };
}

function noBound({ limit, unit = '' }: MetricRules): string {
  if (limit === undefined) return 'the two histograms have no bound in common';
  return `no bound of the histograms is at or above the limit of ${limit} ${unit}`.trimEnd();
}

export function addSamples(a: TickSample | undefined, b: TickSample): TickSample {
  return a ? { canary: addCounts(a.canary, b.canary), primary: addCounts(a.primary, b.primary) } : b;
}

/** What a carried sample still lacks to be counted. */
export function empty(rules: MetricRules, { canary, primary }: TickSample): string | undefined {
  if (canary.requests === 0) return 'no requests reached the canary';
  return primary.requests === 0 && rules.abort.ratio > 0 ? 'no requests reached the primary' : undefined;
}

function absent(rules: MetricRules, { canary, primary }: Tick): string | undefined {
  if (!canary) return 'nothing was heard of the canary';
  return !primary && rules.abort.ratio > 0 ? 'nothing was heard of the primary' : undefined;
}

function noHistogram(rules: MetricRules, { canary, primary }: Tick): string | undefined {
  if (canary?.requests && !canary.histogram) return 'the canary has no histogram';
  return primary?.requests && !primary.histogram && rules.abort.ratio > 0 ? 'the primary has no histogram' : undefined;
}

function lackingBound(
  rules: MetricRules,
  { bounds, guards }: KnownBounds,
  { canary, primary }: TickSample,
): string | undefined {
  const known = bounds?.filter(
    (_, i) => canary.bad[i] !== null && (primary.bad[i] !== null || rules.abort.ratio === 0),
  );
  if (!known?.length) return 'the histograms have none of the bounds';
  const lacking = guards.find((le) => !known.includes(le));
  return lacking === undefined ? undefined : `the bound ${lacking} is not in both histograms`;
}

function failures(arm: ArmCounts | null | undefined): SlowCounts {
  return { requests: arm?.requests ?? 0, bad: [arm?.errors ?? 0] };
}

function slow(arm: ArmCounts | null | undefined, bounds: readonly number[]): SlowCounts {
  return arm?.histogram ? slowCounts(arm.histogram, bounds) : { requests: 0, bad: bounds.map(() => 0) };
}

function addCounts(a: SlowCounts, b: SlowCounts): SlowCounts {
  return { requests: a.requests + b.requests, bad: a.bad.map((count, i) => plus(count, b.bad[i] ?? null)) };
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
