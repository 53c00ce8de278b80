/** `GET /api/v1`: what openapi.json says, for people, without script. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { type HtmlPart, page } from '../page.ts';
import type { ApiEnv } from './known.ts';
import { OPERATIONS, type Operation } from './operations.ts';

export function apiPage(c: Context<ApiEnv>): Response | Promise<Response> {
  const body = html`<main><h1>Sluice: the API</h1>
<p>Below <code>/api/v1</code>, with <code>Authorization: Bearer</code> and a token, or logged in here. For programs:
<a href="/api/v1/openapi.json">openapi.json</a>. What you may not view is in no answer. Errors are
<code>application/problem+json</code> with <code>code</code>, <code>title</code> and <code>remedy</code>.</p>
${Object.values<Operation>(OPERATIONS).map(operationPart)}</main>`;
  return page(c, 'The API', body);
}

function operationPart(operation: Operation): HtmlPart {
  const { method, path, summary, description, query, answers, events, problems = [] } = operation;
  const tells = [
    ...Object.entries(answers).map(([status, schema]) => `${status}: ${nameOf(schema)}`),
    ...Object.entries(events ?? {}).map(([name, schema]) => `event ${name}: ${nameOf(schema)}`),
    ...problems.map((status) => `${status}`),
  ];
  return html`<section><h2><code>${method.toUpperCase()} ${path}</code></h2><p>${summary}. ${description}</p>
${query && html`<table>${Object.entries(query.shape).map(([name, schema]) => parameterPart(name, schema as z.ZodType))}</table>`}
<p>Answers ${tells.join(', ')}.</p></section>`;
}

function parameterPart(name: string, schema: z.ZodType): HtmlPart {
  return html`<tr><th scope="row"><code>?${name}</code></th><td>${schema.description}</td></tr>`;
}

function nameOf(schema: z.ZodType | true): string {
  return (schema !== true && z.globalRegistry.get(schema)?.id) || 'an object';
}
