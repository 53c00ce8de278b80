import type { Client } from '@temporalio/client';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { Logger } from 'pino';
import type { InstallationFile } from '../installation/index.ts';
import { api } from './api/index.ts';
import { type DeployHookOptions, deployHook } from './deploy-hook.ts';
import type { AppEnv } from './env.ts';
import { HttpError } from './http-error.ts';
import { type SlackOptions, slackCommands } from './slack/index.ts';

interface AppOptions extends DeployHookOptions {
  installation: InstallationFile;
  /** Absent: there are no slash commands. */
  slack?: SlackOptions;
}

const READY_TIMEOUT_MS = 2_000;

/** Every route of the server. */
export function createApp(options: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(requestId({ limitLength: 100 }), logged(options.log));
  app.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } }));
  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });
  app.post('/hooks/deploy/:sender?', deployHook(options));
  const { slack } = options;
  if (slack) app.post('/slack/commands', ...slackCommands({ ...options, slack }));
  app.route('/api/v1', api(options));
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    await checkTemporal(options.temporal);
    return c.json({ status: 'ok' });
  });
  app.notFound((c) => {
    const remedy = 'POST /hooks/deploy, GET /healthz or GET /readyz';
    return answerError(c, new HttpError(404, { code: 'no-route', message: 'there is nothing here', remedy }));
  });
  app.onError((error, c) => {
    if (error instanceof HttpError) return answerError(c, error);
    options.log.error({ requestId: c.var.requestId, err: error }, 'request failed');
    return answerError(c, new HttpError(500, UNEXPECTED));
  });
  return app;
}

const UNEXPECTED = { code: 'unexpected', message: 'the server failed', remedy: 'send it again; the log has the cause' };

function answerError(c: Context<AppEnv>, { status, details }: HttpError): Response {
  const { retryAfter, ...error } = details;
  c.var.notes.error = error.code;
  if (retryAfter !== undefined) c.header('retry-after', String(retryAfter));
  return c.json({ error }, status);
}

async function checkTemporal(temporal: Client): Promise<void> {
  try {
    await temporal.withDeadline(Date.now() + READY_TIMEOUT_MS, () => temporal.workflowService.getSystemInfo({}));
  } catch {
    const remedy = 'check the Temporal address and that the server runs';
    throw new HttpError(503, {
      code: 'temporal-unreachable',
      message: 'Temporal does not answer',
      remedy,
      retryAfter: 5,
    });
  }
}

/** One line per request: no bodies, no headers, no query. */
function logged(log: Logger): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const start = performance.now();
    c.set('notes', {});
    await next();
    const line = {
      requestId: c.var.requestId,
      method: c.req.method,
      path: c.req.path.slice(0, 200),
      status: c.res.status,
      ms: Math.round(performance.now() - start),
      ...c.var.notes,
    };
    log[c.res.status >= 500 ? 'warn' : 'info'](line, 'request');
  };
}
