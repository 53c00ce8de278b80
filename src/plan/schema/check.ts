import { z } from 'zod';
import { checkQuery } from '../../promql/check-query.ts';
import { BUILT_IN } from '../../promql/template.ts';
import { expects, showValue, wording } from '../wording.ts';
import { podTemplate } from './pod-template.ts';
import { dnsLabel, duration, percent, quantile, shortText, whole } from './scalars.ts';
import { list, reportRepeats, rule, section } from './section.ts';
import { web } from './web.ts';

export const MAX_INTERVALS = 10_000;

const name = dnsLabel('success-rate').describe('Name of the check; unique in the plan');

const at = whole(1, 100, 20)
  .optional()
  .describe('Weight of the plan at whose intervals alone it counts; default: all intervals');

const limit = z
  .number({ error: expects('a number, for example 0.5') })
  .refine(Number.isFinite, { error: expects('a number, for example 0.5') });

const variableName = z
  .string()
  .regex(/^[A-Za-z_]\w{0,62}$/, { error: expects('a name of letters, digits and "_", for example region') });

/** What belongs to a number, and to a query. */
const OF_NUMBER = ['min', 'max', 'unit'] as const;
const OF_QUERY = ['variables', 'emptyMeans'] as const;

const own = section({
  name,
  builtin: z.undefined().optional().describe('Left out: the check is a query, a web address or a Job'),
  query: shortText('a PromQL query that gives one number')
    .optional()
    .describe('PromQL with {{pods}}, {{interval}} and other variables'),
  web: web.optional().describe('An address that answers with JSON, and where in it the number is'),
  job: section({
    template: podTemplate.describe('Pod template of the Job; CANARY_ADDRESS says where the canary listens'),
  })
    .optional()
    .describe('A Job at the end of each interval: it passes when its containers end with 0'),
  timeout: duration('2m', { max: '4m' }).optional().describe('Longest time of the Job; default: 2m'),
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
  at,
}).check(
  rule(['query', 'web', 'job'], ({ query, web, job }, report) => {
    const ways = [query && 'query', web && 'web', job && 'job'].filter((way) => typeof way === 'string');
    if (ways.length === 0) report(['query'], 'is missing', 'write a query, or web or job in its place');
    if (ways.length > 1) report([ways[1] ?? ''], `the check has ${ways[0]} as well`, 'make two checks of it');
  }),
  rule(['min', 'max', 'job'], ({ min, max, job }, report) => {
    if (min === undefined && max === undefined) {
      if (!job) report([], 'the check has no limit', 'write min, max or both');
    } else if (min !== undefined && max !== undefined && min > max)
      report(['max'], `${max} is below min`, `write at least ${min}`);
  }),
  rule(['query', 'web', 'job', 'timeout', ...OF_NUMBER, ...OF_QUERY], (check, report) => {
    const foreign = [...(check.job ? OF_NUMBER : ['timeout' as const]), ...(check.query === undefined ? OF_QUERY : [])];
    const way = check.job ? 'job' : check.web ? 'web' : 'query';
    for (const field of foreign)
      if (check[field] !== undefined) report([field], `a check of ${way} has no ${field}`, `remove ${field}`);
  }),
  rule(['query', 'variables'], ({ query, variables = {} }, report) => {
    const shadowed = BUILT_IN.find((known) => Object.hasOwn(variables, known));
    if (shadowed)
      report(['variables', shadowed], `${shadowed} is known to every query`, 'give the variable another name');
    if (query === undefined) return;
    for (const { message, remedy } of checkQuery(query, variables)) report(['query'], message, remedy);
  }),
);

const check = z.discriminatedUnion(
  'builtin',
  [
    own,
    section({
      name,
      builtin: z.literal('requestSuccessRate').describe('Share of requests that were answered below 500'),
      min: percent(99).describe('Least percent of requests answered below 500'),
      at,
    }),
    section({
      name,
      builtin: z.literal('requestDuration').describe('Time until requests were answered'),
      quantile: quantile.default(0.99).describe('Which part of the requests must be answered in time'),
      max: duration('500ms', { max: '10m' }).describe('Longest answer time at this quantile'),
      at,
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
      at,
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

export const checks = list(
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
  // an interval without any check would have no answer
  if (entries.some(({ at }) => at === undefined) || entries.length === 0) return;
  const message = wording('every check counts at one weight alone', 'leave `at` out of one, for all other intervals');
  context.addIssue({ code: 'custom', path: [0, 'at'], message });
});
