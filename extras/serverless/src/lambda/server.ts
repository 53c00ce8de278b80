/** AWS Lambda behind a function URL or an API gateway. */
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { serverHandler } from '../server.ts';

const server = serverHandler();

export const handler = handle(new Hono().all('*', (c) => server.fetch(c.req.raw)));
