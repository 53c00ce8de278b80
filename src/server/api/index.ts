/**
 * `/api/v1`: see and steer rollouts, as somebody whom a token or a session proves. Rights are looked at per rollout, in lists and streams
 * too, and before anything is looked for. Errors are problems (RFC 9457) with `code` and `remedy`.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { etag } from 'hono/etag';
import type { Logger } from 'pino';
import { auditFile, findAudit, toldIntervals } from '../../audit/index.ts';
import type { Holder, RolloutTarget } from '../../authority/index.ts';
import { seal } from '../../authority/seal.ts';
import { listMirrors, pageRollouts } from '../../steering/index.ts';
import { readRuns } from '../../temporal/runs.ts';
import { ownMaker } from '../../worker/maker.ts';
import { HttpError, tooLarge } from '../http-error.ts';
import type { LiveStreams, Watcher } from '../live/live.ts';
import { loginProviders } from '../login/providers.ts';
import { whoAsks } from '../login/who-asks.ts';
import { neededKey, notAllowed, perform } from '../perform.ts';
import { remembered } from '../remembered.ts';
import { Doctor } from './doctor.ts';
import { readHealth } from './health.ts';
import { type ApiEnv, known } from './known.ts';
import { type OfferDeps, takeOffer } from './offers.ts';
import { openApi } from './openapi.ts';
import { OPERATIONS } from './operations.ts';
import { apiPage } from './page.ts';
import { listedPlan, Outcomes, planNamed } from './plans.ts';
import { readAction } from './read-action.ts';
import { NO_ROLLOUT, readRollout, workflowOf } from './read-rollout.ts';
import { route } from './route.ts';
import { giveStatement } from './statements.ts';

export interface ApiDeps extends OfferDeps {
  /** Whose plans they are. */
  cluster: string;
  live: LiveStreams;
  log: Logger;
  /** Of the cluster, for the doctor; absent: the usual places. */
  kubeconfig?: string;
}

const BODY = { maxSize: 64 * 1024, onError: () => tooLarge() };
/** A plan in a JSON text. */
const PLAN_BYTES = 1024 * 1024;

export function api(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.use(unlessChanged());
  app.get('/', (c) => apiPage(c));
  app.get('/openapi.json', (c) => c.json(openApi()));
  // whoever logs in is not known yet; a provider's address and the id of its public client are no secrets
  route(app, OPERATIONS.login, async (c) => {
    const providers = loginProviders(await deps.installation.current()).map(({ name, issuer, audience, scopes }) => {
      return { provider: name, issuer, client: audience, scope: scopes.join(' ') };
    });
    return c.json({ providers });
  });
  app.use(known(deps.installation));
  route(app, OPERATIONS.me, ({ json, var: { holder, session } }) => {
    const { name, groups } = holder.person;
    return json({ name, groups, ...(session && { expires: session.expires }) });
  });
  addPlans(app, deps);
  addRollouts(app, deps);
  addStreams(app, deps);
  addSteering(app, deps);
  const health = remembered(() => readHealth(deps), Date.now);
  route(app, OPERATIONS.health, async (c) => c.json(await health()));
  app.onError((error, c) => {
    const refused = knownProblem(error);
    if (!refused) deps.log.error({ requestId: c.var.requestId, err: error }, 'request failed');
    return problem(c, refused ?? new HttpError(503, FAILED));
  });
  return app;
}

type App = Hono<ApiEnv>;

function addPlans(app: App, deps: ApiDeps): void {
  const { plans, cluster, temporal } = deps;
  const outcomes = new Outcomes(temporal);
  const doctor = new Doctor(deps);
  const named = async (c: Context<ApiEnv>) => {
    const { namespace = '', plan = '' } = c.req.param();
    mustSee(c.var.holder, { cluster, namespace, plan });
    return planNamed((await plans.current()).plans, namespace, plan);
  };
  route(app, OPERATIONS.plans, async (c) => {
    const { may } = c.var.holder;
    const read = await plans.current();
    const broken = read.broken.map(({ file, problems }) => {
      return { file, problems: problems.map(({ file: _file, ...more }) => more) };
    });
    return c.json({
      plans: read.plans.map((one) => listedPlan(one, cluster)).filter((one) => may('view', one)),
      // whose they are is not known
      broken: may('view', { cluster, namespace: '*', plan: '*' }) ? broken : [],
    });
  });
  route(app, OPERATIONS.plan, async (c) => {
    const one = await named(c);
    return c.json({ ...listedPlan(one, cluster), weights: one.plan.shift.weights, spec: one.plan });
  });
  route(app, OPERATIONS.doctor, async (c) => c.json(await doctor.examine((await named(c)).plan)));
  route(app, OPERATIONS.history, async (c, { cluster: of = cluster, ...asked }) => {
    const { namespace = '', plan = '' } = c.req.param();
    const target = { cluster: of, namespace, plan };
    mustSee(c.var.holder, target);
    return c.json(await paged(outcomes.page(target, asked)));
  });
}

function addRollouts(app: App, { temporal, installation }: ApiDeps): void {
  route(app, OPERATIONS.rollouts, async (c, { limit, page: from, ...filter }) => {
    const { may } = c.var.holder;
    const { entries, next } = await paged(pageRollouts(temporal, filter, { limit, from }, (one) => may('view', one)));
    return c.json({ rollouts: entries, next });
  });
  route(app, OPERATIONS.rollout, async (c, { run }) => c.json(await readRollout(temporal, seen(c), run)));
  route(app, OPERATIONS.intervals, async (c, { run }) => c.json(toldIntervals(await readRuns(temporal, seen(c), run))));
  route(app, OPERATIONS.audit, async (c, { rollout }) => {
    const workflowId = seen(c);
    const file = await installation.current();
    const key = await neededKey(file);
    const { runs, kept } = await findAudit(temporal, workflowId, rollout, file.audits?.dir);
    // it has not seen what is said there, and signs nothing of it
    if (kept) return c.json(kept.file);
    const made = auditFile(runs, await ownMaker());
    return c.json({ ...made, signature: await seal(made.head, key) });
  });
  route(app, OPERATIONS.mirrors, async (c, { cluster, namespace }) => {
    const { may } = c.var.holder;
    const all = await listMirrors(temporal);
    const meant = all.filter(
      (one) => (cluster ?? one.cluster) === one.cluster && (namespace ?? one.namespace) === one.namespace,
    );
    return c.json({ mirrors: meant.filter(({ name, ...one }) => may('view', { ...one, plan: name })) });
  });
}

function addStreams(app: App, { live, installation }: ApiDeps): void {
  const watcher = (c: Context<ApiEnv>): Watcher => {
    const { headers } = c.req.raw;
    const again = async () => (await whoAsks(installation, headers))?.holder;
    return { holder: c.var.holder, again, last: headers.get('last-event-id') ?? undefined };
  };
  route(app, OPERATIONS.rolloutsEvents, (c, filter) => live.list(filter, watcher(c)));
  route(app, OPERATIONS.rolloutEvents, (c) => {
    seen(c);
    return live.rollout(targetOf(c), watcher(c));
  });
}

function addSteering(app: App, deps: ApiDeps): void {
  const { act, offer, statement } = OPERATIONS;
  app.use('/rollouts/:cluster/:namespace/:plan/actions', bodyLimit(BODY));
  app.use('/rollouts/:cluster/:namespace/:plan/offers', bodyLimit({ ...BODY, maxSize: PLAN_BYTES }));
  app.use('/statements', bodyLimit(BODY));
  route(app, act, async (c) => {
    const asked = readAction(await c.req.json().catch(() => undefined), c.var.holder.person.name);
    c.var.notes.verb = asked.verb;
    const { stored, ...answer } = await perform(deps, c.var.holder, channelOf(c), targetOf(c), asked);
    return c.json(answer, stored ? 202 : 200);
  });
  route(app, offer, (c) => takeOffer(deps, c));
  route(app, statement, (c) => giveStatement(deps, c));
}

/** @throws HttpError 422 where the page is none */
function paged<Page>(reading: Promise<Page>): Promise<Page> {
  return reading.catch((error: Error) => {
    if (!(error instanceof RangeError)) throw error;
    throw new HttpError(422, { code: 'query-invalid', message: error.message, remedy: 'begin at the first page' });
  });
}

/** Where somebody acted, as the record says it. */
function channelOf(c: Context<ApiEnv>): string {
  return c.var.session ? 'web' : 'api';
}

function targetOf(c: Context<ApiEnv>): RolloutTarget {
  const { cluster = '', namespace = '', plan = '' } = c.req.param();
  return { cluster, namespace, plan };
}

/** @returns the id of its workflow  @throws HttpError 403 before anything is looked for */
function seen(c: Context<ApiEnv>): string {
  mustSee(c.var.holder, targetOf(c));
  return workflowOf(targetOf(c));
}

function mustSee({ person, may }: Holder, target: RolloutTarget): void {
  if (!may('view', target)) throw notAllowed(person.name, 'view', target);
}

/** What has not changed is not sent again; streams are, and nobody between may keep any of it. */
function unlessChanged(): ReturnType<typeof etag> {
  const tagged = etag();
  return async (c, next) => {
    if (c.req.path.endsWith('/events')) return next();
    const answer = await tagged(c, next);
    if (c.req.method === 'GET' && c.res.headers.has('etag')) {
      c.header('cache-control', 'private, no-cache');
      c.header('vary', 'authorization, cookie');
    }
    return answer;
  };
}

const FAILED = {
  code: 'unexpected',
  message: 'it could not be done',
  remedy: 'send it again with the same id',
  retryAfter: 5,
};

function knownProblem(error: Error): HttpError | undefined {
  if (error instanceof HttpError) return error;
  return error instanceof WorkflowNotFoundError ? new HttpError(404, NO_ROLLOUT) : undefined;
}

function problem(c: Context<ApiEnv>, error: HttpError): Response {
  c.var.notes.error = error.details.code;
  return problemOf(error);
}

/** Also of what is refused before anything of the API is reached. */
export function problemOf({ status, details }: HttpError): Response {
  const { message: title, retryAfter, allow, ...more } = details;
  const headers = {
    'content-type': 'application/problem+json',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(allow && { allow }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  };
  return new Response(JSON.stringify({ title, status, ...more }), { status, headers });
}
