/** What `/api/v1` tells of real workflows, against the schemas that it is documented by. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newToken } from '../../src/authority/index.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { intervals } from '../../src/server/api/schema/checks.ts';
import { health } from '../../src/server/api/schema/health.ts';
import { history, rollouts } from '../../src/server/api/schema/lists.ts';
import { plan as planSchema, plans } from '../../src/server/api/schema/plans.ts';
import { rollout } from '../../src/server/api/schema/rollout.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type Served, serve } from './support/served.ts';

const LATER = '2999-01-01T00:00:00Z';
const [ann, bob] = [newToken(), newToken()];
const PEOPLE = `people:
  - { name: ann, tokens: [{ sha256: ${ann.sha256}, expires: "${LATER}" }], may: [{ verbs: ["*"], plans: ["*/*"] }] }
  - { name: bob, tokens: [{ sha256: ${bob.sha256}, expires: "${LATER}" }], may: [{ verbs: [view], plans: ["demo/own-*"] }] }
`;
const NEAR = { timeout: 20_000, interval: 100 };

let served: Served;
beforeEach(async () => {
  served = await serve(PEOPLE);
});
afterEach(() => served.close());

async function get(path: string, headers: Record<string, string> = {}, { token } = ann) {
  const response = await fetch(`${served.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  // biome-ignore lint/suspicious/noExplicitAny: what it is, the schemas say
  const body: any = response.status === 304 ? undefined : await response.json();
  return { status: response.status, headers: response.headers, body };
}

const pathOf = ({ namespace, name }: Plan) => `/rollouts/${served.harness.cluster}/${namespace}/${name}`;

/** Rolled out by ann, and over. */
async function over(name: string): Promise<Plan> {
  const plan = planFor(name);
  await served.offer(offerFor(plan));
  await served.harness.handle(plan).result();
  return plan;
}

test('rollouts come page by page, as they are asked for, and as they may be seen', async () => {
  await over('own-one');
  const running = await served.running('other');
  const here = `/rollouts?cluster=${served.harness.cluster}`;
  const listed = async (path: string, who = ann) =>
    (await get(path, {}, who)).body.rollouts.map((one: { plan: string; state: string }) => `${one.plan} ${one.state}`);
  await expect.poll(() => listed(here), NEAR).toEqual(['other running', 'own-one promoted']);
  const first = (await get(`${here}&limit=1`)).body;
  expect(rollouts.parse(first)).toEqual(first);
  expect(await listed(`${here}&limit=1&page=${first.next}`)).toEqual(['own-one promoted']);
  expect(await listed(here, bob)).toEqual(['own-one promoted']);
  expect(await listed(`${here}&limit=1`, bob)).toEqual(['own-one promoted']);
  expect(await listed(`${here}&state=promoted,failed`)).toEqual(['own-one promoted']);
  expect(await listed(`${here}&step=shift`)).toEqual(['other running']);
  expect(await listed(`${here}&namespace=prod`)).toEqual([]);
  for (const wrong of ['state=sleeping', 'limit=0', 'limit=201', "namespace=x'", 'page=nonsense', 'step=19'])
    expect(await get(`/rollouts?${wrong}`)).toMatchObject({ status: 422, body: { code: 'query-invalid' } });
  await served.harness.act(running, 'abort');
});

test('one is told with its run, its intervals and its history, and what is the same is not sent again', async () => {
  const plan = await over('own-told');
  const path = pathOf(plan);
  const { body, headers, status } = await get(path);
  expect([status, rollout.parse(body)]).toEqual([200, body]);
  expect(body).toMatchObject({ rollout: 'own-told-1', run: { status: 'closed' }, outcome: { kind: 'promoted' } });
  expect(headers.get('cache-control')).toBe('private, no-cache');
  expect((await get(path, { 'if-none-match': headers.get('etag') ?? '' })).status).toBe(304);
  expect((await get(`${path}?run=${body.run.id}`)).body.run.id).toBe(body.run.id);
  expect((await get(`${path}?run=${randomUUID()}`)).status).toBe(404);
  expect((await get(`${path}/intervals?run=${randomUUID()}`)).status).toBe(404);
  expect((await get(`${path}/audit?rollout=${randomUUID()}`)).status).toBe(404);
  const told = (await get(`${path}/intervals`)).body;
  expect(intervals.parse(told)).toEqual(told);
  expect(told.intervals.map((one: { stage: string; verdict: string }) => `${one.stage} ${one.verdict}`)).toEqual(
    body.intervals.map((one: { stage: string; verdict: string }) => `${one.stage} ${one.verdict}`),
  );
  const past = `/plans/demo/own-told/rollouts`;
  await expect.poll(async () => (await get(past)).body.rollouts[0]?.state, NEAR).toBe('promoted');
  const { body: before } = await get(past, {}, bob);
  expect(history.parse(before)).toEqual(before);
  expect(before.rollouts).toMatchObject([
    { rollout: 'own-told-1', image: 'reviews:v2', outcome: { kind: 'promoted' } },
  ]);
  for (const beyond of ['', '/intervals', '/audit', '/events'])
    expect((await get(`/rollouts/${served.harness.cluster}/demo/reviews${beyond}`, {}, bob)).status).toBe(403);
  expect((await get('/plans/demo/reviews/rollouts', {}, bob)).status).toBe(403);
});

test('plans are those of the server, and it says who works', async () => {
  const { body } = await get('/plans');
  expect(plans.parse(body)).toEqual(body);
  expect(body.plans).toMatchObject([{ namespace: 'demo', plan: 'reviews', cluster: served.harness.cluster }]);
  expect((await get('/plans', {}, bob)).body).toEqual({ plans: [], broken: [] });
  const one = (await get('/plans/demo/reviews')).body;
  expect(planSchema.parse(one)).toEqual(one);
  expect([(await get('/plans/demo/nothing')).status, (await get('/plans/demo/reviews', {}, bob)).status]).toEqual([
    404, 403,
  ]);
  const found = (await get('/installation/health')).body;
  expect(health.parse(found)).toEqual(found);
  // workflows of this test are worked on elsewhere
  expect(found).toMatchObject({ temporal: { answers: true }, plans: { read: 1, broken: 0 }, unpolled: ['sluice'] });
});

test('a browser steers as who is logged in, with the csrf of its session', async () => {
  const plan = await served.running('web');
  const login = await fetch(`${served.url}${served.server.oneTimeLogin(ann.token)}`, { redirect: 'manual' });
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const page = await (await fetch(`${served.url}/login`, { headers: { cookie } })).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const send = (headers: Record<string, string>) =>
    fetch(`${served.url}/api/v1${pathOf(plan)}/actions`, {
      ...{ method: 'POST', headers: { cookie, ...headers } },
      body: JSON.stringify({ id: randomUUID(), verb: 'abort', reason: 'seen' }),
    });
  expect((await send({ origin: 'https://evil.example', 'x-csrf-token': csrf })).status).toBe(403);
  expect((await send({ origin: served.url })).status).toBe(403);
  expect((await send({ origin: served.url, 'x-csrf-token': csrf })).status).toBe(200);
  const { outcome, actions } = await served.harness.handle(plan).result();
  expect([outcome.reason, actions.length]).toEqual(['Aborted by ann · web: seen.', 1]);
});

test('a workflow that is gone is said to be, also where nobody knows how it stood', async () => {
  const plan = await served.running('gone');
  await served.harness.handle(plan).terminate('by accident');
  expect((await get(pathOf(plan))).body).toMatchObject({
    state: 'running',
    run: { status: 'lost', trouble: 'terminated: by accident' },
  });
});
