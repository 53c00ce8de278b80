import { z } from 'zod';
import { can } from '../../routers/registry.ts';
import { expects } from '../wording.ts';
import { duration, flag, host } from './scalars.ts';
import { rule, section } from './section.ts';

/** `token` of RFC 9110 section 5.6.2, which is what RFC 6265 allows. */
export const COOKIE_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** RFC 6265 path-value without the characters that end an attribute. */
const COOKIE_PATH = /^\/[\x21-\x3a\x3c-\x7e]{0,255}$/;

const cookieError = expects('the name of a cookie, for example reviews-canary');
const pathError = expects('a path that begins with "/", for example /');

export const affinity = section({
  cookie: z.string({ error: cookieError }).regex(COOKIE_NAME, { error: cookieError }).describe('Name of the cookie'),
  maxAge: duration('6h', { min: '1s', max: '8760h' })
    .default('6h')
    .describe('How long a user who met the canary stays on it'),
  cleanupAfter: duration('10m', { min: '0s', max: '720h' })
    .default('10m')
    .describe('How long the route that takes the cookie away stays after the end'),
  path: z
    .string({ error: pathError })
    .regex(COOKIE_PATH, { error: pathError })
    .default('/')
    .describe('Path attribute of the cookie'),
  domain: host.optional().describe('Domain attribute of the cookie; default: the host that was asked'),
  sameSite: z
    .enum(['Strict', 'Lax', 'None'], { error: expects('Strict, Lax or None') })
    .optional()
    .describe('SameSite attribute of the cookie; default: as browsers have it'),
  secure: flag.default(false).describe('Send the cookie over TLS only'),
  httpOnly: flag.default(true).describe('Hide the cookie from scripts'),
}).check(
  rule(['sameSite', 'secure'], ({ sameSite, secure }, report) => {
    if (sameSite === 'None' && !secure) {
      report(['secure'], 'browsers drop a cookie with sameSite None that is not secure', 'write secure: true');
    }
  }),
);

/** Only a route that can tell cookies apart can keep users: the first one that cannot. */
export function affinityProblem(
  kinds: readonly string[],
): { index: number; message: string; remedy: string } | undefined {
  const index = kinds.findIndex((kind) => !can(kind).affinity);
  if (index < 0) return undefined;
  const remedy = 'route with an HTTPRoute or a VirtualService, or leave affinity out';
  return { index, message: `a ${kinds[index]} cannot keep users by a cookie`, remedy };
}
