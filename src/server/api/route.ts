/** From an operation to a route: what it says it takes is what is read. */
import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { HttpError } from '../http-error.ts';
import type { ApiEnv } from './known.ts';
import type { Operation } from './operations.ts';

type QueryOf<O> = O extends { query: infer Q extends z.ZodType } ? z.output<Q> : Record<string, never>;

export function route<O extends Operation>(
  app: Hono<ApiEnv>,
  operation: O,
  answer: (c: Context<ApiEnv>, query: QueryOf<O>) => Response | Promise<Response>,
): void {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
  const method = operation.method.toUpperCase();
  app.on(method, path, (c) => answer(c, readQuery(operation, c) as QueryOf<O>));
  app.all(path, (c) => {
    const message = `${c.req.method.slice(0, 20)} is not taken here`;
    throw new HttpError(405, { code: 'method-not-allowed', message, remedy: `send ${method}`, allow: method });
  });
}

/** @throws HttpError 422 with what would be right */
function readQuery({ query }: Operation, c: Context<ApiEnv>): unknown {
  if (!query) return {};
  const read = query.safeParse(c.req.query());
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => {
    return { path: path.join('.'), message, remedy: 'see GET /api/v1 for what it takes' };
  });
  const remedy = 'correct what is listed';
  throw new HttpError(422, { code: 'query-invalid', message: 'the query is not valid', remedy, problems });
}
