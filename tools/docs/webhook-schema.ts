/** What a webhook carries, as it is documented: `src/notify/webhook/event.ts` makes it, and its test holds one against the other. */
import { z } from 'zod';

const text = z.string();
const number = z.number();
const time = z.iso.datetime();
const texts = z.array(text);

const revision = z.object({
  id: text.describe('Hash of what its pods are made from, configuration included'),
  image: text.describe('Its image'),
});

const notice = z.object({
  id: text.describe('The same whenever it is told; unique among those of the plan'),
  topic: z
    .enum(['offered', 'needs-you', 'again', 'acknowledged', 'closed', 'remark', 'gone', 'ended'])
    .describe('What it is'),
  at: time.describe('When it happened'),
  rollout: text.describe('Name of the rollout; of one without a number yet, plan and delivery'),
  delivery: text.describe('Id of the deploy event that began it; may be empty'),
  change: text.describe('From which version to which; empty when that is not known'),
  sentence: text.describe('What happened, for people'),
  asked: text.optional().describe('What was asked, where the sentence does not say it'),
  questions: texts.describe('Ids of the questions that it is about'),
  audit: text.optional().describe('Of `ended`: head of the hash chain of its history up to here'),
});

const question = z.object({
  id: text.describe('By which it is answered'),
  kind: text.describe('What is asked: `approval`, `drift`, `failed` and others'),
  object: text.describe('What it is about: an object, a step, an approval'),
  reason: text.describe('Why it is asked'),
  since: time.describe('Since when'),
  answers: z.record(text, text).describe('Each answer, and what it does'),
  silence: text.describe('What happens when nobody answers'),
  acknowledgedBy: text.optional().describe('Who has seen it'),
});

const check = z.object({
  name: text.describe('Name of the check'),
  verdict: text.describe('`pass`, `fail`, `noAnswer` or `inconclusive`'),
  value: number.optional().describe('What was measured; default: there was no data'),
  limit: number.describe('What it was held against'),
  bound: z.enum(['min', 'max']).describe('Which side of the limit is right'),
  unit: text.describe('`%`, `ms`, or what the plan says; may be empty'),
  requests: number.describe('Requests behind it'),
});

const rollout = z.object({
  name: text.optional().describe('`PLAN-NUMBER`; default: it has no number yet'),
  state: text.describe('`running`, `paused`, `needs-you`, `going-back`, `cleaning`, `ended` or `starting`'),
  sentence: text.describe('What happens now and what comes next'),
  startedAt: time.describe('When it began'),
  endedAt: time.optional().describe('When it ended'),
  source: text.describe('Sender of its deploy event'),
  by: text.optional().describe('Who asked for it'),
  reason: text.optional().describe('Why'),
  revision: revision.optional().describe('What is rolled out'),
  previous: revision.optional().describe('What runs before'),
  step: z
    .object({ number: number.describe('1 to 19'), name: text.describe('Its name'), title: text.describe('In words') })
    .optional()
    .describe('The step that is under way'),
  outcome: z
    .object({
      kind: text.describe('`promoted`, `failed`, `aborted`, `superseded`, `repaired`, `unchanged` or `refused`'),
      reason: text.describe('One sentence'),
      step: number.describe('Number of the step at which it was decided'),
    })
    .optional()
    .describe('How it ended'),
  traffic: z
    .object({
      primary: number.describe('Percent of the users'),
      canary: number.describe('Percent of the users'),
      mirror: number.describe('Percent of the requests of which the canary gets copies'),
      seen: number.optional().describe('Percent that was last seen on the canary; default: no data'),
    })
    .describe('Where requests go'),
  pods: z.object({ primary: number.describe('Pods'), canary: number.describe('Pods') }).describe('How many'),
  failures: z
    .object({ count: number.describe('So far'), threshold: number.describe('At which it goes back') })
    .describe('Failed intervals'),
  checks: z.array(check).describe('Of the last interval'),
  comparison: text.optional().describe('Canary beside primary, in a sentence'),
  warnings: texts.describe('The last ones'),
  links: z.record(text, text).describe('Pages of the plan, by name'),
});

const WHAT = ['offered', 'needs-you', 'again', 'acknowledged', 'closed', 'remark', 'gone', 'ended', 'digest'];
const TYPES = ['ping', ...WHAT.map((what) => `rollout.${what}`)].map((what) => `dev.sluice.${what}.v1alpha1`);

/** The documented body. */
export const webhookEvent = z.object({
  specversion: z.literal('1.0').describe('Version of CloudEvents'),
  id: text.describe('The same as `webhook-id`: what comes again has it again'),
  source: text.describe('`/clusters/CLUSTER/namespaces/NAMESPACE/plans/PLAN`'),
  type: z.enum(TYPES).describe('What happened; a digest has several notices, after an outage'),
  subject: text.describe('Name of the rollout, of a digest that of the last one'),
  time: time.describe('When it happened'),
  datacontenttype: z.literal('application/json').describe('Of `data`'),
  data: z
    .object({
      cluster: text.describe('Name of the cluster'),
      namespace: text.describe('Namespace of the plan'),
      plan: text.describe('Name of the plan'),
      notices: z.array(notice).describe('What happened, in order'),
      questions: z.array(question).describe('What people are asked when this is sent'),
      rollout: rollout
        .optional()
        .describe('How it stood; default: only `needs-you` and `ended` have it, when they are told alone'),
    })
    .describe('About it'),
});
