/** What the checks found: of one interval, and of a look at canary and primary. */
import { z } from 'zod';
import type { CheckResult, ComparedTick, Comparison, IntervalResult } from '../../../contract/verdict.ts';
import type { ComparisonView } from '../../../contract/view.ts';
import { number, of, text, time, whole } from './common.ts';

const check = of<CheckResult>()(
  z.object({
    name: text,
    verdict: z
      .enum(['pass', 'fail', 'noAnswer', 'inconclusive'])
      .describe('`inconclusive`: the primary fails it as well'),
    value: number.optional().describe('Percent, ms, or in `unit`; default: no data'),
    limit: number.describe('What it was held against, in the same unit'),
    bound: z.enum(['min', 'max']).optional().describe('Which side is right; default: `min` for `%`, `max` otherwise'),
    unit: text.describe('`%`, `ms`, or what the plan says; may be empty'),
    requests: number.describe('Requests behind it'),
    sentence: text,
    podsOnly: z.boolean().optional().describe('No check of the plan sees requests'),
  }),
).meta({ id: 'Check' });

const checks = z.array(check);
export const verdict = z
  .enum(['pass', 'fail', 'inconclusive', 'noAnswer', 'canaryLost', 'worse'])
  .describe('Only `pass` advances; `fail` and `worse` count against the canary');

const REASONS = [
  'worse',
  'healthy',
  'deadline',
  'missing-data',
  'primary-violates-guard',
  'frozen',
  'warm-up',
  'no-data',
  'too-early',
  'leaning-worse',
  'not-proven',
] as const;

const compared = {
  verdict: z.enum(['continue', 'pass', 'abort', 'inconclusive']),
  reason: z.enum(REASONS),
  sentence: text,
  lnAbort: number.describe('Evidence that the canary is worse, natural logarithm'),
  lnAbortAt: number.describe('What it must reach to go back'),
  lnPass: number.describe('Evidence that it is healthy: the weakest proof'),
  lnPassAt: number.describe('What it must reach to pass'),
  frozen: z.boolean().describe('The arms are not compared at this weight: limits alone decide'),
};

const comparison = of<Comparison>()(z.object(compared)).meta({ id: 'Comparison' });

export const comparisonView = of<ComparisonView>()(
  z.object({
    ...compared,
    points: z
      .array(
        z.object({
          at: time,
          stage: text,
          lnAbort: number,
          lnPass: number,
          canary: number.optional().describe('Share of failed requests of this look, 0 to 1; default: there were none'),
          primary: number.optional(),
        }),
      )
      .describe('The last 120 looks'),
  }),
).meta({ id: 'ComparisonView' });

const arm = z.object({ requests: number, errors: number }).nullable().describe('null: not heard of');

const tick = of<ComparedTick>()(
  z.object({ at: time, canary: arm, primary: arm, lnAbort: number, lnPass: number }),
).meta({
  id: 'Tick',
  description: 'One look at both arms: what was counted since the one before, and the evidence so far',
});

const numbers = {
  verdict,
  checks,
  from: time,
  to: time,
  requests: number.describe('Requests that reached the canary; copies while mirroring'),
  observedWeight: number.optional().describe('Percent of the users that the sources sent there; default: no data'),
  canaryReady: whole.describe('Ready pods'),
  bypassed: number.optional().describe('Requests past the routes, an estimate'),
  own: number.optional().describe('Requests of our own among them'),
  sentence: text,
  drift: text.optional().describe("Somebody else's change, which ended it: there is no verdict then"),
};

export const lastInterval = of<Omit<IntervalResult, 'comparison'>>()(z.object(numbers));

/** One interval with its series, as the history has it. */
const interval = z
  .object({
    ...numbers,
    stage: text.describe('`mirror`, `20 %`, …'),
    comparison: z
      .object({
        ...compared,
        mayAdvance: z.boolean().describe('It may go on although nothing is proven'),
        ticks: z.array(tick),
      })
      .optional()
      .describe('Canary beside primary, with every look; default: the plan does not compare'),
    run: text.describe('Run of the workflow, and `event` in it: where it is recorded'),
    event: whole,
  })
  .meta({ id: 'Interval' });

export const intervals = z
  .object({ rollout: text.optional(), intervals: z.array(interval).describe('Oldest first') })
  .meta({ id: 'Intervals' });

export const progress = z.object({
  elapsedMs: number,
  durationMs: number,
  checks,
  requests: number,
  observedWeight: number.optional(),
  canaryReady: whole,
  comparison: comparison.optional(),
  own: number.optional(),
});

export type ShownInterval = z.output<typeof interval>;
