/**
 * `/api/v1`: list, see and steer rollouts, as somebody whom a token proves. Rights are looked at per rollout, in lists too, and before
 * anything is looked for. Errors are problems (RFC 9457) with `code` and `remedy`.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import { auditFile, findAudit } from '../../audit/index.ts';
import type { Holder, RolloutTarget } from '../../authority/index.ts';
import { seal } from '../../authority/seal.ts';
import { rolloutWorkflowId } from '../../contract/ids.ts';
import { viewQuery } from '../../contract/messages.ts';
import { listRollouts, takeSnapshot, untold, withUntold } from '../../steering/index.ts';
import { ownMaker } from '../../worker/maker.ts';
import { HttpError } from '../http-error.ts';
import { neededKey, notAllowed, noWorker, perform } from '../perform.ts';
import { type ApiEnv, bearer } from './bearer.ts';
import { type OfferDeps, takeOffer } from './offers.ts';
import { readAction } from './read-action.ts';
import { giveStatement } from './statements.ts';

const BODY = { maxSize: 64 * 1024, onError: tooLarge };
/** A plan in a JSON text. */
const PLAN_BYTES = 1024 * 1024;
const ROLLOUT = '/rollouts/:cluster/:namespace/:plan';

export function api(deps: OfferDeps & { log: Logger }): Hono<ApiEnv> {
  const { temporal } = deps;
  const app = new Hono<ApiEnv>();
  // whoever logs in is not known yet; a provider's address and the id of its public client are no secrets
  app.get('/login', async (c) => {
    const { identityProviders } = await deps.installation.current();
    const providers = identityProviders.map(({ name: provider, issuer, audience: client, scopes }) => {
      return { provider, issuer, client, scope: scopes.join(' ') };
    });
    return c.json({ providers });
  });
  app.use(bearer(deps.installation));
  app.get('/me', ({ json, var: { holder } }) => json({ name: holder.person.name, groups: holder.person.groups }));
  app.get('/rollouts', async (c) => {
    const rollouts = (await listRollouts(temporal)).filter((entry) => c.var.holder.may('view', entry));
    return c.json({ rollouts });
  });
  app.get(ROLLOUT, async (c) => {
    const { cluster, namespace, plan } = c.req.param();
    mustSee(c.var.holder, c.req.param());
    const { view, trouble } = await takeSnapshot(temporal, viewQuery, rolloutWorkflowId(cluster, namespace, plan));
    if (!view) throw noWorker(trouble ?? 'no worker answers');
    return c.json(withUntold(view, await untold(temporal, view)));
  });
  app.get(`${ROLLOUT}/audit`, async (c) => {
    const { cluster, namespace, plan } = c.req.param();
    mustSee(c.var.holder, c.req.param());
    const installation = await deps.installation.current();
    const key = await neededKey(installation);
    const workflowId = rolloutWorkflowId(cluster, namespace, plan);
    const { runs, kept } = await findAudit(temporal, workflowId, c.req.query('rollout'), installation.audits?.dir);
    // it has not seen what is said there, and signs nothing of it
    if (kept) return c.json(kept.file);
    const file = auditFile(runs, await ownMaker());
    return c.json({ ...file, signature: await seal(file.head, key) });
  });
  app.post(`${ROLLOUT}/actions`, bodyLimit(BODY), async (c) => {
    const asked = readAction(await c.req.json().catch(() => undefined), c.var.holder.person.name);
    c.var.notes.verb = asked.verb;
    const { stored, ...answer } = await perform(deps, c.var.holder, 'api', c.req.param(), asked);
    return c.json(answer, stored ? 202 : 200);
  });
  app.post(`${ROLLOUT}/offers`, bodyLimit({ ...BODY, maxSize: PLAN_BYTES }), (c) => takeOffer(deps, c));
  app.post('/statements', bodyLimit(BODY), (c) => giveStatement(deps, c));
  app.notFound((c) => problem(c, new HttpError(404, NO_ROUTE)));
  app.onError((error, c) => {
    const known = knownProblem(error);
    if (!known) deps.log.error({ requestId: c.var.requestId, err: error }, 'request failed');
    return problem(c, known ?? new HttpError(503, FAILED));
  });
  return app;
}

function mustSee({ person, may }: Holder, target: RolloutTarget): void {
  if (!may('view', target)) throw notAllowed(person.name, 'view', target);
}

const NO_ROUTE = { code: 'no-route', message: 'there is nothing here', remedy: `GET /api/v1/rollouts` };
const FAILED = {
  code: 'unexpected',
  message: 'it could not be done',
  remedy: 'send it again with the same id',
  retryAfter: 5,
};

function tooLarge(): never {
  throw new HttpError(413, { code: 'body-too-large', message: 'the body is too large', remedy: 'send less' });
}

function knownProblem(error: Error): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (!(error instanceof WorkflowNotFoundError)) return undefined;
  const remedy = 'what there is: GET /api/v1/rollouts';
  return new HttpError(404, { code: 'no-rollout', message: 'nothing was ever rolled out under this name', remedy });
}

function problem(c: Context<ApiEnv>, error: HttpError): Response {
  c.var.notes.error = error.details.code;
  return problemOf(error);
}

/** Also of what is refused before anything of the API is reached. */
export function problemOf({ status, details }: HttpError): Response {
  const { message: title, retryAfter, ...more } = details;
  const headers = {
    'content-type': 'application/problem+json',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  };
  return new Response(JSON.stringify({ title, status, ...more }), { status, headers });
}
