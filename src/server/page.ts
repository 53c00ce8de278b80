/** Pages of the core: plain, without script. */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** A part of a page, in which everything is escaped. */
export type HtmlPart = ReturnType<typeof html>;

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
main.narrow { max-width: 24rem; margin: 10vh auto; }
label, input, button { display: block; font: inherit; }
input { width: 100%; box-sizing: border-box; padding: .4rem; }
button, a.button { margin: .75rem 0; padding: .4rem .9rem; }
a.button { display: block; border: 1px solid; border-radius: .25rem; text-align: center; text-decoration: none; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; }
code { overflow-wrap: anywhere; } .said { border-left: .25rem solid; padding-left: .75rem; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

export function page(
  c: Context,
  title: string,
  body: HtmlPart,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  c.header('content-security-policy', POLICY);
  // forms say where they come from
  c.header('referrer-policy', 'same-origin');
  const text = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Sluice</title><style>${raw(STYLE)}</style></head><body>${body}</body></html>`;
  return c.html(text, status);
}
