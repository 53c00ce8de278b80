import { z } from 'zod';
import { expects } from '../wording.ts';
import { checks, MAX_INTERVALS } from './check.ts';
import { compare } from './compare.ts';
import { metricReference, oneReference } from './metric-reference.ts';
import { httpPath, whole } from './scalars.ts';
import { rule, section } from './section.ts';
import { series } from './series.ts';

export const analysis = section({
  ...metricReference,
  series: series.optional().describe("Where requests and answer times are found; default: Istio's standard metrics"),
  checks: checks.describe('What the canary is held against at the end of every interval'),
  failureThreshold: whole(1, MAX_INTERVALS, 5).default(5).describe('Failed intervals before it aborts'),
  failureCounting: z
    .enum(['cumulative', 'consecutive'], { error: expects('cumulative or consecutive') })
    .default('cumulative')
    .describe('Which failed intervals count: all of the rollout, or those since the last one that passed'),
  noAnswerLimit: whole(1, MAX_INTERVALS, 10)
    .default(10)
    .describe('Intervals in a row without an answer before it holds'),
  pods: section({
    port: whole(1, 65_535, 15_090)
      .optional()
      .describe("Port of the counters; default: 15090, of an application the pod's first port"),
    path: httpPath.optional().describe("Path of the counters; default: Envoy's statistics, of an application /metrics"),
    series: series
      .optional()
      .describe("What the pods themselves count, where it is something else; default: the plan's series"),
  })
    .nullish()
    .describe("Ask both arms' pods as well, every second while users are exposed; default: Prometheus alone"),
  compare: compare.nullish().describe('Compare canary and primary as well; default: fixed limits alone decide'),
}).check(
  oneReference,
  rule(['pods', 'compare'], ({ pods, compare }, report) => {
    if (pods && !compare)
      report(['pods'], 'what the pods count is only compared, and the plan does not compare', 'add compare: {}');
  }),
  rule(['pods', 'series'], ({ pods, series }, report) => {
    const own = pods?.series ?? (pods ? series : undefined);
    const patterns = Object.values((own?.kind === 'app' && own.matchers) || {}).some(
      (one) => typeof one === 'object' && ('=~' in one || '!~' in one),
    );
    if (patterns)
      report(
        ['pods'],
        "patterns are Prometheus' own, and the pods are asked without it",
        'write pods.series with = and !=',
      );
  }),
  rule(['checks', 'compare'], ({ checks, compare }, report) => {
    if (!compare || checks.some(({ builtin }) => builtin !== 'podHealth')) return;
    report(
      ['compare'],
      'above the last compared weight the checks alone decide, and podHealth sees no requests',
      'add a check of requests, for example { name: success-rate, builtin: requestSuccessRate, min: 99 }, or remove compare',
    );
  }),
  rule(['series', 'checks', 'compare'], ({ series, checks, compare }, report) => {
    if (series?.kind !== 'app' || series.durations) return;
    const index = checks.findIndex(({ builtin }) => builtin === 'requestDuration');
    const remedy = 'name the histogram in series.durations, or leave answer times out';
    if (index >= 0) report(['checks', index], 'the series have no answer times', remedy);
    if (compare && compare.latency !== false)
      report(
        ['compare', 'latency'],
        'the series have no answer times',
        'name the histogram in series.durations, or write latency: false',
      );
  }),
);
