/**
 * Every request that `/api/v1` takes: its path, what it takes and answers with. The routes are made from it, and so are
 * `openapi.json`, the page at `/api/v1` and docs/reference/api.md.
 */
import { z } from 'zod';
import { STEP_NAMES } from '../../contract/steps.ts';
import { intervals } from './schema/checks.ts';
import { text } from './schema/common.ts';
import { health } from './schema/health.ts';
import { history, LISTED, mirrors, rollouts } from './schema/lists.ts';
import { action, actionAnswer, login, me, offer, offerAnswer, order, statement } from './schema/people.ts';
import { doctor, plan, plans } from './schema/plans.ts';
import { rollout } from './schema/rollout.ts';

export interface Operation {
  method: 'get' | 'post';
  /** Below `/api/v1`, parameters as `{name}`. */
  path: string;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** By status; what is JSON without a schema is `true`. */
  answers: Record<number, z.ZodType | true>;
  /** It answers with server-sent events: their names, and what they carry. */
  events?: Record<string, z.ZodType>;
  /** Statuses of problems, besides those that everything has (401, 429, 500, 503). */
  problems?: readonly number[];
  /** Nobody has to say who they are. */
  open?: boolean;
}

const ROLLOUT = '/rollouts/{cluster}/{namespace}/{plan}';
const PLAN = '/plans/{namespace}/{plan}';

const page = text
  .regex(/^[\w.-]{1,1000}$/)
  .optional()
  .describe('`next` of the page before');
const limit = (most: number, ordinary: number) =>
  z.coerce.number().int().min(1).max(most).default(ordinary).describe('Most that are shown');
const name = text.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/).optional();
const run = z.uuid().optional().describe('Run of the workflow; default: the newest');
const states = text
  .max(400)
  .transform((list) => list.split(','))
  .pipe(z.array(z.enum(LISTED)))
  .optional()
  .describe(`Of these states, by comma: ${LISTED.join(', ')}`);

const which = z.object({
  cluster: name.describe('Of this cluster'),
  namespace: name.describe('Of this namespace'),
  plan: name.describe('Of this plan'),
  state: states,
  step: z.enum(STEP_NAMES).optional().describe('At this step'),
});

const listQuery = which.extend({ limit: limit(200, 100), page });
const runQuery = z.object({ run });

const RESUMABLE =
  'Comes with `Last-Event-ID` again where it was broken off: what has not changed since then is not told again. A comment every 15 s shows that it lives; it ends after 5 minutes, and whoever listens asks again.';

export const OPERATIONS = {
  login: {
    method: 'get',
    path: '/login',
    summary: 'How programs log people in',
    answers: { 200: login },
    open: true,
  },
  me: { method: 'get', path: '/me', summary: 'Who you are', answers: { 200: me } },
  plans: { method: 'get', path: '/plans', summary: 'The plans of this server', answers: { 200: plans } },
  plan: { method: 'get', path: PLAN, summary: 'One plan', answers: { 200: plan }, problems: [403, 404] },
  doctor: {
    method: 'get',
    path: `${PLAN}/doctor`,
    summary: 'Whether a plan could be rolled out',
    description:
      'What `sluice doctor` finds out, with the rights of the server in its cluster (writes are sent with dryRun=All). Takes seconds; an answer is kept for 30 s.',
    answers: { 200: doctor },
    problems: [403, 404],
  },
  history: {
    method: 'get',
    path: `${PLAN}/rollouts`,
    summary: 'What became of the rollouts of a plan',
    query: z.object({ limit: limit(100, 20), page, cluster: name.describe('Default: that of the server') }),
    answers: { 200: history },
    problems: [403, 404, 422],
  },
  rollouts: {
    method: 'get',
    path: '/rollouts',
    summary: 'Rollouts that you may view',
    description: 'Those with `state=needs-you` wait for a person.',
    query: listQuery,
    answers: { 200: rollouts },
    problems: [422],
  },
  rolloutsEvents: {
    method: 'get',
    path: '/rollouts/events',
    summary: 'Rollouts that you may view, again whenever that changes',
    description: `Looks every 3 s. ${RESUMABLE}`,
    query: which,
    answers: {},
    events: { rollouts },
    problems: [422],
  },
  rollout: {
    method: 'get',
    path: ROLLOUT,
    summary: 'How one stands',
    query: runQuery,
    answers: { 200: rollout },
    problems: [403, 404, 410, 422],
  },
  rolloutEvents: {
    method: 'get',
    path: `${ROLLOUT}/events`,
    summary: 'How one stands, again whenever that changes',
    description: `A later rollout of the plan is shown as well. \`trouble\`: what is shown may be old, and why. ${RESUMABLE}`,
    answers: {},
    events: { rollout, trouble: z.object({ message: text }) },
    problems: [403, 404],
  },
  intervals: {
    method: 'get',
    path: `${ROLLOUT}/intervals`,
    summary: 'What the checks found, interval by interval',
    query: runQuery,
    answers: { 200: intervals },
    problems: [403, 404, 422],
  },
  audit: {
    method: 'get',
    path: `${ROLLOUT}/audit`,
    summary: 'Its record, signed',
    description: 'The file that `sluice audit export` writes and `sluice audit verify` checks.',
    query: z.object({
      rollout: text
        .regex(/^(?:\d{1,9}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/)
        .optional()
        .describe('Its number, or a run; default: the newest'),
    }),
    answers: { 200: true },
    problems: [403, 404, 422],
  },
  act: {
    method: 'post',
    path: `${ROLLOUT}/actions`,
    summary: 'Steer one',
    description: '200: done. 202: stored, no worker confirms it yet. 409: refused, nothing changed.',
    body: action,
    answers: { 200: actionAnswer, 202: actionAnswer },
    problems: [403, 404, 409, 413, 422],
  },
  offer: {
    method: 'post',
    path: `${ROLLOUT}/offers`,
    summary: 'Roll out an image',
    body: offer,
    answers: { 200: offerAnswer },
    problems: [403, 409, 413, 422],
  },
  statement: {
    method: 'post',
    path: '/statements',
    summary: 'Have a mirror or a repair vouched for',
    body: order,
    answers: { 200: statement },
    problems: [403, 413, 422],
  },
  mirrors: {
    method: 'get',
    path: '/mirrors',
    summary: 'Mirrors that you may view',
    query: z.object({ cluster: which.shape.cluster, namespace: which.shape.namespace }),
    answers: { 200: mirrors },
    problems: [422],
  },
  health: {
    method: 'get',
    path: '/installation/health',
    summary: 'Whether somebody works: Temporal, workers by queue, plans',
    answers: { 200: health },
  },
} satisfies Record<string, Operation>;
