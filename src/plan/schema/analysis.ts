import { z } from 'zod';
import { BUILT_IN, checkQuery } from '../../promql/index.ts';
import { expects, showValue, wording } from '../wording.ts';
import { compare } from './compare.ts';
import { metricReference, oneReference } from './metric-reference.ts';
import { dnsLabel, duration, httpPath, percent, quantile, shortText, whole } from './scalars.ts';
import { list, reportRepeats, rule, section } from './section.ts';
import { series } from './series.ts';

const MAX_INTERVALS = 10_000;

const name = dnsLabel('success-rate').describe('Name of the check; unique in the plan');

const limit = z
  .number({ error: expects('a number, for example 0.5') })
  .refine(Number.isFinite, { error: expects('a number, for example 0.5') });

const variableName = z
  .string()
  .regex(/^[A-Za-z_]\w{0,62}$/, { error: expects('a name of letters, digits and "_", for example region') });

const query = section({
  name,
  builtin: z.undefined().optional().describe('Left out: the check is the query'),
  query: shortText('a PromQL query that gives one number').describe(
    'PromQL with {{pods}}, {{interval}} and other variables',
  ),
  variables: z
    .record(variableName, shortText('a text', 1024), { error: expects('variables, for example { region: eu-1 }') })
    .optional()
    .describe('Values of variables of its own; default: none'),
  min: limit.optional().describe('Least value that passes'),
  max: limit.optional().describe('Largest value that passes'),
  unit: shortText('a unit for sentences, for example /s', 16).optional().describe('Unit, for sentences'),
  emptyMeans: z
    .enum(['zero', 'noAnswer'], { error: expects('zero or noAnswer') })
    .optional()
    .describe(
      'What an answer without any series is; zero is for counts that begin to exist at the first one; default: noAnswer',
    ),
}).check(
  rule(['min', 'max'], ({ min, max }, report) => {
    if (min === undefined && max === undefined) report([], 'the check has no limit', 'write min, max or both');
    else if (min !== undefined && max !== undefined && min > max)
      report(['max'], `${max} is below min`, `write at least ${min}`);
  }),
  rule(['query', 'variables'], ({ query, variables = {} }, report) => {
    const shadowed = BUILT_IN.find((known) => Object.hasOwn(variables, known));
    if (shadowed)
      report(['variables', shadowed], `${shadowed} is known to every query`, 'give the variable another name');
    for (const { message, remedy } of checkQuery(query, variables)) report(['query'], message, remedy);
  }),
);

const check = z.discriminatedUnion(
  'builtin',
  [
    query,
    section({
      name,
      builtin: z.literal('requestSuccessRate').describe('Share of requests that were answered below 500'),
      min: percent(99).describe('Least percent of requests answered below 500'),
    }),
    section({
      name,
      builtin: z.literal('requestDuration').describe('Time until requests were answered'),
      quantile: quantile.default(0.99).describe('Which part of the requests must be answered in time'),
      max: duration('500ms', { max: '10m' }).describe('Longest answer time at this quantile'),
    }),
    section({
      name,
      builtin: z.literal('podHealth').describe("What the API server knows of the revision's pods; needs no metrics"),
      maxRestarts: whole(0, MAX_INTERVALS, 0)
        .default(0)
        .describe('Containers that may end and start again in an interval, all pods together'),
      minReady: percent(95)
        .default(95)
        .describe('Least percent of the interval in which every pod is ready, once it was'),
    }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? expects('requestSuccessRate, requestDuration or podHealth, or leave builtin out and write a query')({
            ...issue,
            input: builtinOf(issue.input),
          })
        : wording(
            'is not a section with keys',
            'write a check, for example { name: success-rate, builtin: requestSuccessRate, min: 99 }',
          ),
  },
);

function builtinOf(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'builtin' in input ? input.builtin : undefined;
}

const checks = list(
  check,
  'at least one check, for example [{ name: success-rate, builtin: requestSuccessRate, min: 99 }]',
  { min: 1, max: 20 },
).superRefine((entries, context) => {
  reportRepeats(
    entries,
    (entry) => entry.name,
    (index, key, first) => {
      const message = wording(
        `${showValue(key)} is the name of check ${first} already`,
        'give each check a name of its own',
      );
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    },
  );
});

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
