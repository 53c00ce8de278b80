/** How the installation is: what a page needs to say that nobody works. */
import { z } from 'zod';
import { text, texts, time, whole } from './common.ts';

const queue = z.object({
  queue: text,
  type: z.enum(['workflow', 'activity']),
  cluster: text.optional().describe('Whose writes and waits it has; default: it is of the workflows of all'),
  workers: whole.describe('Seen lately'),
  backlog: whole.describe('Tasks that wait, about'),
  oldestS: whole.describe('For how long the oldest of them has waited, seconds'),
});

export const health = z
  .object({
    at: time,
    server: z.object({ version: text, cluster: text, vouches: z.boolean().describe('It has a key') }),
    temporal: z.object({ answers: z.boolean(), trouble: text.optional() }),
    queues: z.array(queue).describe('Empty while Temporal does not answer'),
    unpolled: texts.describe('Queues with no worker: rollouts of their clusters stand still'),
    plans: z.object({ read: whole, broken: whole, trouble: text.optional() }).describe('Of this server'),
  })
  .meta({ id: 'Health' });

export type Health = z.output<typeof health>;
