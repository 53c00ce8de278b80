/** Who asks, and what they ask for. */
import { z } from 'zod';
import { VERBS } from '../../../contract/action.ts';
import { ANSWERS } from '../../../contract/question.ts';
import { number, text, texts, time, whole } from './common.ts';

export const me = z
  .object({ name: text, groups: texts, expires: time.optional().describe('Of a session; default: it is a token') })
  .meta({ id: 'Me' });

export const login = z
  .object({
    providers: z.array(z.object({ provider: text, issuer: text, client: text, scope: text })),
  })
  .meta({ id: 'Login', description: 'Where `sluice login` logs in' });

const id = text.regex(/^[\w.-]{8,100}$/).describe('Yours, a UUID for example: sent again it has its effect once');

export const action = z
  .strictObject({
    id,
    verb: z.enum(VERBS),
    reason: text.optional(),
    rollout: text.optional().describe('What it is meant for; default: what runs'),
    step: text.optional().describe('Likewise'),
    revision: text.optional().describe('Likewise'),
    weight: whole.min(1).max(100).optional().describe('Of `set-weight`, percent of the users'),
    question: text.max(200).optional().describe('Of `answer`, `acknowledge` and `retry`: its id'),
    answer: z.enum(ANSWERS).optional().describe('Of `answer`'),
  })
  .meta({ id: 'Action' });

export const actionAnswer = z
  .object({ accepted: z.boolean(), message: text.describe('What happens now') })
  .meta({ id: 'ActionAnswer' });

export const offer = z
  .object({
    id,
    image: text.describe('`name:tag`, `name@digest` or both'),
    reason: text.optional(),
    planText: text.optional().describe('A plan of your own; default: that of the server'),
  })
  .meta({ id: 'Offer' });

export const offerAnswer = z
  .object({
    delivery: text,
    offer: z.looseObject({
      plan: text,
      namespace: text,
      status: text,
      rollout: text.optional().describe('That brings it; default: it has none, or none yet'),
      running: text.optional().describe('That ran for another offer when this one was answered'),
    }),
  })
  .meta({ id: 'OfferAnswer' });

export const order = z
  .object({
    right: z.enum(['mirror', 'repair']),
    cluster: text,
    what: z.unknown().describe("The mirror's spec, or a list of namespaces"),
    forMs: number.describe('How long it shall be good, at most a year'),
  })
  .meta({ id: 'Order' });

export const statement = z.object({ statement: text }).meta({ id: 'Statement' });
