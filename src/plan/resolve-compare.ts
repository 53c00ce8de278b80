import type { ComparePlan } from '../contract/analysis.ts';
import type { CompareOptions, MetricOptions } from '../judge/compare/types.ts';
import { milliseconds } from './duration.ts';
import type { CompareDocument } from './schema/compare.ts';

/** Percent become shares, durations ms. */
export function resolveCompare(document: CompareDocument): ComparePlan {
  const { tick, deadline, early, onInconclusive, minRequests } = document;
  return {
    options: optionsOf(document),
    tickMs: milliseconds(tick),
    deadlineMs: milliseconds(deadline),
    ...(early && { earlyMs: milliseconds(early) }),
    onInconclusive,
    minRequests,
  };
}

function optionsOf(document: CompareDocument): CompareOptions {
  const { preset, alpha, beta, slo, errors, latency, limit } = document;
  const metric = (given: CompareDocument['errors'], warmup: string) => given !== false && metricOf(given, warmup);
  const latencyOptions = metric(latency, '30s');
  return {
    preset,
    alpha,
    beta,
    ...(slo !== undefined && { slo: share(slo) }),
    errors: metric(errors, '5s'),
    latency: latencyOptions && { ...latencyOptions, unit: 'ms' },
    ...(limit && { guard: guardOf(limit) }),
  };
}

/** A program that is ready does not fail for long, but it may be slow for a while. */
function metricOf(
  { warmup, abort, pass, weight }: Exclude<CompareDocument['errors'], false>,
  usual: string,
): MetricOptions {
  return {
    // looks are numbered by seconds
    warmupTicks: milliseconds(warmup ?? usual) / 1000,
    ...(abort && { abort: lineOf(abort) }),
    ...(pass && { pass: lineOf(pass) }),
    ...(weight !== undefined && { weight }),
  };
}

function lineOf({ ratio, points }: { ratio?: number; points?: number }): MetricOptions['abort'] {
  return { ...(ratio !== undefined && { ratio }), ...(points !== undefined && { margin: share(points) }) };
}

function guardOf({ errors, slowerThan, slow }: NonNullable<CompareDocument['limit']>): CompareOptions['guard'] {
  return {
    ...(errors !== undefined && { errors: share(errors) }),
    ...(slowerThan && slow !== undefined && { latency: { le: milliseconds(slowerThan), share: share(slow) } }),
  };
}

/** Percent as a share, without the dust of dividing: 99.9 is 0.999. */
function share(percent: number): number {
  return Number((percent / 100).toPrecision(12));
}
