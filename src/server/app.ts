import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { requestId } from 'hono/request-id';
import { matchedRoutes } from 'hono/route';
import { secureHeaders } from 'hono/secure-headers';
import type { AnsweredRequest } from '../telemetry/server-metrics.ts';
import { type ApiDeps, api, problemOf } from './api/index.ts';
import { type DeployHookOptions, deployHook } from './deploy-hook.ts';
import type { AppEnv } from './env.ts';
import type { Extensions } from './extensions.ts';
import { HttpError } from './http-error.ts';
import { type LimitOptions, limited } from './limits.ts';
import { LiveStreams } from './live/live.ts';
import { loginApp } from './login/app.ts';
import { OneTimeLogins } from './login/once.ts';
import { type SlackOptions, slackApp } from './slack/index.ts';
import { TrustedProxies } from './trusted-proxies.ts';
import { webhookOrigin } from './webhook-origin.ts';

interface AppOptions extends DeployHookOptions, Omit<ApiDeps, 'live'>, Partial<LimitOptions> {
  /** Absent: nothing of Slack is taken. */
  slack?: SlackOptions;
  /** Told of every request that was answered. Default: nobody. */
  count?: (request: AnsweredRequest) => void;
  /** Default: its own. */
  live?: LiveStreams;
  /** Default: nobody logs in by one. */
  once?: OneTimeLogins;
  /** What has the paths that are not of the core. Default: nothing. */
  extensions?: () => Extensions | undefined;
}

/** Every route that others may reach; the server's health is another port's. */
export function createApp(options: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(requestId({ limitLength: 100 }), logged(options));
  const nothing = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };
  app.use(secureHeaders({ contentSecurityPolicy: nothing, overwrite: false }));
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
  });
  app.use(limited({ ...options, proxies: options.proxies ?? new TrustedProxies([]) }));
  app.post('/hooks/deploy/:sender?', deployHook(options));
  app.options('/hooks/deploy/:sender?', webhookOrigin(options.senders));
  const { slack } = options;
  if (slack?.signingSecret) app.route('/slack', slackApp({ ...options, slack }, slack.signingSecret));
  const { live = new LiveStreams(options.temporal), once = new OneTimeLogins(), extensions } = options;
  app.route(API, api({ ...options, live }));
  app.route('/', loginApp({ ...options, once, home: () => extensions?.()?.home ?? '/login' }));
  app.notFound(async (c) => {
    const answer = OWN.test(c.req.path) ? undefined : await extensions?.()?.fetch(c.req.raw);
    if (answer) return answer;
    const remedy = 'POST /hooks/deploy; health is answered at a port of its own';
    return answerError(c, new HttpError(404, { code: 'no-route', message: 'there is nothing here', remedy }));
  });
  app.onError((error, c) => {
    if (error instanceof HttpError) return answerError(c, error);
    // nobody reads the answer, and a trace of each would fill the log
    if (c.req.raw.signal.aborted) return answerError(c, new HttpError(400, GONE));
    options.log.error({ requestId: c.var.requestId, err: error }, 'request failed');
    return answerError(c, new HttpError(500, UNEXPECTED));
  });
  return app;
}

const API = '/api/v1';
/** Nothing of these is an extension's. */
const OWN = /^\/(?:api|hooks|slack|login|logout)(?:\/|$)/;
const GONE = { code: 'client-gone', message: 'the request ended before its body', remedy: 'send all of it' };
const UNEXPECTED = { code: 'unexpected', message: 'the server failed', remedy: 'send it again; the log has the cause' };

function answerError(c: Context<AppEnv>, refused: HttpError): Response {
  const { retryAfter, ...error } = refused.details;
  c.var.notes.error = error.code;
  if (c.req.path.startsWith(API)) return problemOf(refused);
  if (retryAfter !== undefined) c.header('retry-after', String(retryAfter));
  return c.json({ error }, refused.status);
}

/** One line per request, and one more in the counts: no bodies, no headers, no query. */
function logged({ log, count }: Pick<AppOptions, 'log' | 'count'>): MiddlewareHandler<AppEnv> {
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
    const { path: route = '*' } = matchedRoutes(c).at(-1) ?? {};
    count?.({ route, code: c.res.status, notes: c.var.notes });
    log[c.res.status >= 500 ? 'warn' : 'info'](line, 'request');
  };
}
