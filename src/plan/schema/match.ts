/** Whom a stage before the weights is for. */
import { z } from 'zod';
import { endsBetweenParts } from '../../promql/literal.ts';
import { can } from '../../routers/registry.ts';
import { expects } from '../wording.ts';
import { COOKIE_NAME } from './affinity.ts';
import { headerName } from './scalars.ts';
import { rule, section } from './section.ts';

const valueError = expects('one line of plain text in quotes, for example "yes"');
/** What both kinds of route take as an exact value. */
const value = z.string({ error: valueError }).regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/, {
  error: valueError,
});

const pattern = section({
  regex: z
    .string({ error: expects('a pattern (RE2), for example ".*Firefox.*"') })
    .min(1, { error: expects('a pattern (RE2), for example ".*Firefox.*"') })
    .max(1024, { error: expects('a shorter pattern') })
    .refine(endsBetweenParts, { error: expects('a pattern (RE2) that closes what it opens') })
    .describe('Pattern (RE2) that the whole value matches'),
});

const cookieValue = z
  .string({ error: expects('the value of a cookie, for example "yes"') })
  .regex(/^[!#-+\--:<-[\]-~]{1,256}$/, { error: expects('the value of a cookie, for example "yes"') });

export const match = section({
  header: z
    .record(headerName('x-tester'), z.union([value, pattern], { error: valueError }), {
      error: expects('headers, for example { x-tester: "yes" }'),
    })
    .optional()
    .describe('Headers that a request must have, all of them: a text, or { regex: PATTERN }'),
  cookie: z
    .record(z.string().regex(COOKIE_NAME, { error: expects('the name of a cookie') }), cookieValue, {
      error: expects('a cookie, for example { tester: "yes" }'),
    })
    .optional()
    .describe('The cookie that a request must have'),
}).check(
  rule(['header', 'cookie'], ({ header, cookie }, report) => {
    if ((header === undefined) === (cookie === undefined))
      report(
        [],
        'one of header and cookie says who',
        'write header: { x-tester: "yes" }, or cookie: { tester: "yes" }',
      );
    else if (header && Object.keys(header).length === 0)
      report(['header'], 'names no header', 'write one, for example { x-tester: "yes" }');
    else if (cookie && Object.keys(cookie).length !== 1)
      report(['cookie'], 'names not one cookie', 'write one, and a stage for each other one');
    const own = Object.keys(header ?? {}).find((name) => name.toLowerCase() === 'cookie');
    if (own !== undefined) report(['header', own], 'this header has all cookies', 'write cookie: { tester: "yes" }');
  }),
);

/** Only a route that can tell headers apart: the first one that cannot. */
export function matchProblem(kinds: readonly string[]): { index: number; message: string; remedy: string } | undefined {
  const index = kinds.findIndex((kind) => !can(kind).headerMatch);
  if (index < 0) return undefined;
  const remedy = 'route with an HTTPRoute or a VirtualService, or leave the stages with match out';
  return { index, message: `a ${kinds[index]} cannot tell users apart by a header or cookie`, remedy };
}
