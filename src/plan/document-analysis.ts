import { z } from 'zod';
import { compare } from './document-compare.ts';
import { dnsLabel, duration, percent, prometheusUrl, quantile, whole } from './scalars.ts';
import { list, reportRepeats, section } from './section.ts';
import { expects, show, wording } from './wording.ts';

const MAX_INTERVALS = 10_000;

const name = dnsLabel('success-rate').describe('Name of the check; unique in the plan');

const check = z.discriminatedUnion(
  'builtin',
  [
    section({
      name,
      builtin: z.literal('requestSuccessRate'),
      min: percent(99).describe('Least percent of requests answered below 500'),
    }),
    section({
      name,
      builtin: z.literal('requestDuration'),
      quantile: quantile.default(0.99),
      max: duration('500ms', { max: '10m' }).describe('Longest answer time at this quantile'),
    }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? expects('requestSuccessRate or requestDuration')({ ...issue, input: builtinOf(issue.input) })
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
  {
    min: 1,
    max: 20,
  },
).superRefine((entries, context) => {
  reportRepeats(
    entries,
    (entry) => entry.name,
    (index, key, first) => {
      const message = wording(
        `${show(key)} is the name of check ${first} already`,
        'give each check a name of its own',
      );
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    },
  );
});

export const analysis = section({
  prometheus: prometheusUrl.describe('Base URL of the Prometheus HTTP API'),
  checks,
  failureThreshold: whole(1, MAX_INTERVALS, 5).default(5).describe('Failed intervals before it aborts'),
  failureCounting: z
    .enum(['cumulative', 'consecutive'], { error: expects('cumulative or consecutive') })
    .default('cumulative')
    .describe('Which failed intervals count: all of the rollout, or those since the last one that passed'),
  noAnswerLimit: whole(1, MAX_INTERVALS, 10)
    .default(10)
    .describe('Intervals in a row without an answer before it holds'),
  compare: compare.nullish().describe('Compare canary and primary as well; absent: fixed limits alone decide'),
});
