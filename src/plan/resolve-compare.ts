import type { ComparePlan } from '../contract/plan.ts';
import type { CompareOptions, MetricOptions } from '../judge/compare/index.ts';
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
  const { preset, alpha, beta, warmup, slo, errors, latency, limit } = document;
  const metric = (given: CompareDocument['errors']) => (given === false ? false : metricOf(given));
  const latencyOptions = metric(latency);
  return {
    preset,
    alpha,
    beta,
    warmupTicks: warmup,
    ...(slo !== undefined && { slo: share(slo) }),
    errors: metric(errors),
    latency: latencyOptions && { ...latencyOptions, unit: 'ms' },
    ...(limit && { guard: guardOf(limit) }),
  };
}

function metricOf({ abort, pass, weight }: Exclude<CompareDocument['errors'], false>): MetricOptions {
  return {
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
