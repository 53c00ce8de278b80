import { z } from 'zod';
import { DEFAULTS } from '../../judge/compare/presets.ts';
import { expects } from '../wording.ts';
import { duration, percent, whole } from './scalars.ts';
import { rule, section } from './section.ts';

const number = (expected: string, test: (value: number) => boolean) => {
  const error = expects(expected);
  return z.number({ error }).refine(test, { error });
};

const chance = (example: number) =>
  number(`a chance between 0 and 1, for example ${example}`, (value) => value > 0 && value < 1);

const ratio = number(
  'a factor of at least 1 and at most 1000, for example 1.1',
  (value) => value >= 1 && value <= 1000,
);

const line = section({
  ratio: ratio.optional().describe("The primary's rate times this …; default: by the preset"),
  points: percent(0.1).optional().describe('… plus this many percentage points; default: by the preset'),
});

const metric = section({
  warmup: duration('5s', { min: '0s', max: '1h' })
    .optional()
    .describe(
      "Since the canary's first requests: meanwhile only errors beyond 5 x + 10 points count, or slow answers beyond 5 x + 50; default: 5s for errors, 30s for latency",
    ),
  abort: line.optional().describe('Beyond this line the canary is worse; default: by the preset'),
  pass: line.optional().describe('Below this line the canary is healthy; default: by the preset'),
  weight: number('a number above 0, for example 1', (value) => value > 0 && value <= 1000)
    .optional()
    .describe('Share of alpha beside the other metrics; default: 1 each'),
}).check(
  rule(['abort', 'pass'], ({ abort, pass }, report) => {
    for (const key of ['ratio', 'points'] as const) {
      const [least, given] = [abort?.[key], pass?.[key]];
      if (least === undefined || given === undefined || given >= least) continue;
      report(
        ['pass', key],
        `${given} is below abort.${key}, so a canary could be worse and healthy at once`,
        `write at least ${least}`,
      );
    }
  }),
);

const metricOrOff = z.union([z.literal(false), metric], {
  error: expects('false to leave it out, or a section, for example { abort: { ratio: 1.2 } }'),
});

const limit = section({
  errors: percent(1).optional().describe('Most percent of failed requests, whatever the primary does'),
  slowerThan: duration('500ms', { max: '10m' })
    .optional()
    .describe('The first bound of the histograms from there on …'),
  slow: percent(1).optional().describe('… and most percent of requests slower than it'),
}).check(
  rule(['errors', 'slowerThan', 'slow'], ({ errors, slowerThan, slow }, report) => {
    if ((slowerThan === undefined) !== (slow === undefined))
      report([], 'slowerThan and slow belong together', 'write both, for example { slowerThan: 500ms, slow: 1 }');
    else if (errors === undefined && slow === undefined)
      report([], 'the section limits nothing', 'write errors, or slowerThan and slow, for example { errors: 1 }');
    for (const [key, value] of Object.entries({ errors, slow })) {
      if (value === 0 || value === 100)
        report([key], `${value} is no limit that evidence can speak about`, 'write a percentage between 0 and 100');
    }
  }),
);

/** `analysis.compare`: every field has a default, so `compare: {}` is a whole comparison. */
export const compare = section({
  preset: z
    .enum(['strict', 'default', 'relaxed'], { error: expects('strict, default or relaxed') })
    .default('default')
    .describe('What is tolerated: 1.05, 1.1 or 1.2 times the primary, and a little more'),
  errors: metricOrOff.prefault({}).describe('Compare the shares of failed requests'),
  latency: metricOrOff.prefault({}).describe('Compare answer times'),
  limit: limit.optional().describe('Limits for the canary that evidence holds against it at every weight'),
  slo: number('a percentage between 0 and 100, for example 99.9', (value) => value > 0 && value < 100)
    .optional()
    .describe('Objective of good responses, percent: scales how many more errors are tolerated'),
  alpha: chance(DEFAULTS.alpha)
    .default(DEFAULTS.alpha)
    .describe('Chance of aborting a canary that is within tolerance, per rollout'),
  beta: chance(DEFAULTS.beta)
    .default(DEFAULTS.beta)
    .describe('Chance of passing one that is out of tolerance, per stage'),
  tick: duration('2s', { min: '1s', max: '1h' })
    .default('2s')
    .describe('Least time between two looks; never less than two scrapes'),
  deadline: duration('30m', { min: '1s', max: '168h' })
    .default('30m')
    .describe('A stage neither proven healthy nor worse by then is inconclusive'),
  early: duration('5m', { min: '1s', max: '24h' })
    .optional()
    .describe('A stage proven healthy may end after this time; default: after its intervals'),
  onInconclusive: z
    .enum(['hold', 'extend', 'advance', 'abort'], { error: expects('hold, extend, advance or abort') })
    .default('hold')
    .describe('What an inconclusive stage does; extend: once more, then hold'),
  minRequests: whole(1, 1_000_000_000, 1000)
    .default(1000)
    .describe('Canary requests that onInconclusive: advance needs at least'),
}).check(
  rule(['errors', 'latency', 'limit'], ({ errors, latency, limit }, report) => {
    if (errors === false && latency === false)
      report(
        [],
        limit ? 'a limit alone proves no health' : 'nothing is compared',
        'leave errors or latency on, or remove the section compare',
      );
  }),
);

export type CompareDocument = z.output<typeof compare>;
