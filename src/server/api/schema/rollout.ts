/** One rollout, as people are shown it. */
import { z } from 'zod';
import { VERBS } from '../../../contract/action.ts';
import { ANSWERS, type Question } from '../../../contract/question.ts';
import { STEP_NAMES } from '../../../contract/steps.ts';
import { OUTCOMES, type RolloutView } from '../../../contract/view.ts';
import { comparisonView, lastInterval, progress, verdict } from './checks.ts';
import { number, obstacle, of, text, texts, time, whole } from './common.ts';

export const STATES = ['starting', 'running', 'paused', 'needs-you', 'going-back', 'cleaning', 'ended'] as const;

const revision = z
  .object({
    id: text.describe('Hash of template and configuration'),
    image: text,
    config: z.array(z.object({ kind: z.enum(['ConfigMap', 'Secret']), name: text, kid: text.optional(), hash: text })),
  })
  .meta({ id: 'Revision' });

const step = z
  .object({
    number: whole.describe('1 to 19'),
    name: z.enum(STEP_NAMES),
    title: text,
    state: z.enum(['pending', 'running', 'done', 'skipped', 'failed']),
    startedAt: time.optional(),
    endedAt: time.optional(),
    note: text.optional().describe('Evidence in a few words'),
  })
  .meta({ id: 'Step' });

const KINDS = [
  'failed',
  'drift',
  'recreated',
  'approval',
  'canary',
  'primary',
  'evidence',
  'refused',
  'routed',
  'worker',
  'queue',
] as const;

const question = of<Question>()(
  z.object({
    id: text.describe('By which it is answered'),
    kind: z.enum(KINDS),
    object: text.describe('An object, a step, an approval'),
    reason: text,
    since: time,
    answers: z.partialRecord(z.enum(ANSWERS), text).describe('Each answer, and what it does'),
    onAbort: text,
    onSilence: text,
    gate: z
      .object({
        name: text.describe('What comes after it'),
        from: texts.describe('Who may approve, groups as `group:NAME`; empty: anybody'),
        count: whole,
        notInitiator: z.boolean().describe('Who delivered the version does not count'),
        approved: texts,
      })
      .optional()
      .describe('Of an approval: `approve` and `reject` answer it'),
    acknowledged: z.object({ by: text, at: time }).optional(),
  }),
).meta({ id: 'Question' });

const intent = z.object({
  primary: number,
  canary: number,
  mirror: number,
  affinity: z.object({ phase: z.enum(['keep', 'expire']), value: text }).optional(),
});

const action = z.object({
  id: text,
  verb: z.enum(VERBS),
  by: text.describe('Person and channel: "ann · api"'),
  reason: text.optional(),
  at: time,
  verified: z.enum(['pending', 'verified', 'unverified']),
});

export const outcome = z
  .object({ kind: z.enum(OUTCOMES), reason: text, step: whole.describe('1 to 19: where it was decided') })
  .meta({ id: 'Outcome' });

const view = of<RolloutView>()(
  z.object({
    rollout: text.optional().describe('`PLAN-NUMBER`; default: it has no number yet'),
    plan: text,
    namespace: text,
    cluster: text,
    state: z.enum(STATES),
    sentence: text.describe('What happens now and what comes next'),
    revision: revision.optional(),
    previous: revision.optional(),
    startedBy: z.object({ source: text, by: text.optional(), reason: text.optional(), delivery: text }),
    startedAt: time,
    endedAt: time.optional(),
    steps: z.array(step),
    route: intent.describe('Percent, as it was last asked for'),
    observedWeight: number.optional().describe('Percent of the users that were last seen on the canary'),
    weights: z.array(number),
    replicas: z.object({ primary: whole, canary: whole }),
    mirror: z.object({ passed: whole, iterations: whole }).optional(),
    failures: z.object({ count: whole, threshold: whole, consecutive: z.boolean().optional() }),
    lastInterval: lastInterval.optional(),
    comparison: comparisonView.optional(),
    intervals: z.array(z.object({ stage: text, verdict, sentence: text, at: time, podsOnly: z.boolean().optional() })),
    paused: z.object({ by: text, reason: text.optional(), since: time }).optional(),
    questions: z.array(question).describe('What people are asked, the oldest first'),
    needsYou: question.optional().describe('The first of them'),
    closed: z.object({ reason: text, until: time.optional() }).optional().describe("The plan's hours are over"),
    queued: z
      .object({ image: text.optional(), delivery: text, more: whole.optional() })
      .optional()
      .describe('What follows'),
    cleaningUntil: time.optional(),
    links: z.record(text, text).optional(),
    warnings: texts,
    problems: z.array(obstacle),
    actions: z.array(action).describe('What people did'),
    outcome: outcome.optional(),
  }),
);

/** A view with what is around it: how its run is, and what goes on within it. */
export const rollout = z
  .object({
    ...view.shape,
    run: z
      .object({
        id: text,
        status: z
          .enum(['running', 'closed', 'continued', 'lost'])
          .describe('`lost`: the workflow is gone, so nothing brings the rollout to its end'),
        trouble: text.optional().describe('What became of a lost run, or why nobody answers'),
        readAt: time.optional().describe('No worker answers: how it was then; default: it is now'),
      })
      .describe('The run of the workflow'),
    live: z
      .object({ interval: progress.optional(), waiting: text.optional().describe('What a wait says of itself') })
      .describe('What is known of activities under way'),
  })
  .meta({ id: 'Rollout' });

export type Rollout = z.output<typeof rollout>;
