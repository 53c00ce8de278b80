/** What several answers share. */
import { z } from 'zod';

export const text = z.string();
export const number = z.number();
export const whole = z.int();
export const time = z.iso.datetime();
export const texts = z.array(text);

/** A schema of the type that the code has: what it says must fit. */
export const of =
  <T>() =>
  <S extends z.ZodType<T>>(schema: S): S =>
    schema;

export const problem = z
  .object({
    title: text.describe('What is wrong, in a sentence'),
    status: whole.describe('The HTTP status'),
    code: text.describe('Short and stable, for programs'),
    remedy: text.describe('What would be right'),
    problems: z
      .array(z.object({ path: text, message: text, remedy: text }))
      .optional()
      .describe('Mistakes with their places'),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457)' });

/** Something that forbids a rollout. */
export const obstacle = z
  .object({
    where: text.describe('Object, or place in the plan'),
    problem: text.describe('What is wrong'),
    remedy: text.describe('What would be right'),
  })
  .meta({ id: 'Obstacle' });

export const next = text.optional().describe('Send it as `page` for what follows; default: there is no more');
