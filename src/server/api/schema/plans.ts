/** Plans of this server's sources, and whether they could be rolled out. */
import { z } from 'zod';
import { number, obstacle, text, texts, whole } from './common.ts';

const listed = {
  cluster: text,
  namespace: text,
  plan: text,
  file: text.describe('As its source names it'),
  hash: text.describe('Of what it says'),
};

export const plans = z
  .object({
    plans: z.array(z.object(listed).meta({ id: 'ListedPlan' })).describe('In the order of their files'),
    broken: z
      .array(
        z.object({
          file: text,
          problems: z.array(
            z.object({
              line: whole.optional(),
              column: whole.optional(),
              path: text,
              message: text,
              remedy: text,
            }),
          ),
        }),
      )
      .describe('Files that are no plans; shown to those who may view every plan'),
  })
  .meta({ id: 'Plans' });

export const plan = z
  .object({
    ...listed,
    weights: z.array(number).describe('Percent of the users, stage by stage'),
    spec: z.record(text, z.unknown()).describe('The plan as rollouts pin it, defaults filled in; times in ms'),
  })
  .meta({ id: 'Plan' });

export const doctor = z
  .object({
    plan: text.describe('`NAMESPACE/PLAN`'),
    verdict: z.enum(['fine', 'refused']),
    sections: z.array(
      z.object({
        subject: z.enum(['cluster', 'routes', 'writes', 'owners', 'metrics', 'can it be judged']),
        problems: z.array(obstacle).describe('What forbids a rollout'),
        warnings: texts,
        facts: texts.describe('What is as it should be, with the numbers'),
      }),
    ),
  })
  .meta({ id: 'Doctor' });
