/** Who is proven to a rollout, by the API of a real server and with a raw Temporal client; the worker judges by the operator's file. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newToken } from '../../src/authority/index.ts';
import type { Action, ActionVerb } from '../../src/contract/action.ts';
import { abortSignal } from '../../src/contract/messages.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { testServer, vouched } from '../support/authority.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type Served, serve } from './support/served.ts';

const LATER = '2999-01-01T00:00:00Z';
const [ann, bob, stale, scoped] = Array.from({ length: 4 }, newToken) as [Token, Token, Token, Token];
type Token = ReturnType<typeof newToken>;

const PEOPLE = `people:
  - name: ann
    groups: [platform]
    tokens:
      - { sha256: ${ann.sha256}, expires: "${LATER}" }
      - { sha256: ${stale.sha256}, expires: "2020-01-01T00:00:00Z" }
      - { sha256: ${scoped.sha256}, expires: "${LATER}", may: [{ verbs: [view, resume], plans: ["*/*"] }] }
    may: [{ verbs: ["*"], plans: [demo/*] }]
  - { name: bob, tokens: [{ sha256: ${bob.sha256}, expires: "${LATER}" }], may: [{ verbs: [view], plans: [demo/own-*] }] }
`;

let served: Served;
beforeEach(async () => {
  served = await serve(PEOPLE);
});
afterEach(() => served.close());

async function ask(path: string, token: string | undefined, body?: object | string) {
  const response = await fetch(`${served.url}/api/v1/rollouts${path}`, {
    ...(body !== undefined && { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const type = response.headers.get('content-type');
  return { status: response.status, type, body: (await response.json()) as Record<string, unknown> };
}

const pathOf = (plan: Plan) => `/${served.harness.cluster}/${plan.namespace}/${plan.name}`;
const post = (plan: Plan, token: string, verb: ActionVerb, more: object = {}) =>
  ask(`${pathOf(plan)}/actions`, token, { id: randomUUID(), verb, ...more });
const result = (plan: Plan): Promise<RolloutView> => served.harness.handle(plan).result();

describe('the API', () => {
  test('steers as the person whose token it is; the same id has its effect once', async () => {
    const plan = await served.running('api');
    const id = randomUUID();
    const paused = await post(plan, ann.token, 'pause', { id, reason: 'look' });
    expect(paused).toMatchObject({ status: 200, body: { accepted: true } });
    expect(await post(plan, ann.token, 'pause', { id, reason: 'look' })).toMatchObject(paused);
    const view = await ask(pathOf(plan), ann.token);
    expect(view).toMatchObject({
      status: 200,
      body: { rollout: 'api-1', paused: { by: 'ann · api', reason: 'look' } },
    });
    expect(await post(plan, scoped.token, 'resume')).toMatchObject({ status: 200 });
    expect(await post(plan, ann.token, 'resume')).toMatchObject({
      status: 409,
      type: 'application/problem+json',
      body: { code: 'refused', title: expect.stringContaining('it is not paused') },
    });
    expect(await post(plan, ann.token, 'abort', { rollout: 'api-0' })).toMatchObject({ status: 409 });
    expect(await post(plan, ann.token, 'abort', { reason: 'enough' })).toMatchObject({ status: 200 });
    const { outcome, actions } = await result(plan);
    expect(outcome?.reason).toBe('Aborted by ann · api: enough.');
    expect(actions.map(({ verb, by, verified }) => `${verb} ${by} ${verified}`)).toEqual([
      'pause ann · api verified',
      'resume ann · api verified',
      'abort ann · api verified',
    ]);
  });

  test('knows nobody else, and shows and does nothing that is not theirs', async () => {
    const plan = await served.running('theirs');
    const own = planFor('own-one', { mirror: undefined });
    await served.offer(offerFor(own));
    for (const token of [undefined, 'sluice_', 'x', newToken().token, stale.token])
      expect(await ask('', token)).toMatchObject({ status: 401, type: 'application/problem+json' });
    expect(await post(plan, bob.token, 'abort')).toMatchObject({ status: 403, body: { code: 'not-allowed' } });
    expect(await post(plan, scoped.token, 'abort')).toMatchObject({ status: 403 });
    expect(await ask(pathOf(plan), bob.token)).toMatchObject({ status: 403 });
    expect(await ask('/local/prod/nobody', ann.token)).toMatchObject({ status: 403 });
    expect(await ask(`/${served.harness.cluster}/demo/nobody`, ann.token)).toMatchObject({ status: 404 });
    const listed = async (token: string) => {
      const { rollouts } = (await ask('', token)).body as { rollouts: { cluster: string; plan: string }[] };
      return rollouts.filter(({ cluster }) => cluster === served.harness.cluster).map(({ plan: name }) => name);
    };
    await expect
      .poll(() => listed(ann.token), { timeout: 10_000 })
      .toEqual(expect.arrayContaining(['theirs', 'own-one']));
    expect(await listed(bob.token)).toEqual(['own-one']);
    for (const wrong of [
      '',
      '[]',
      '{}',
      { id: 'short', verb: 'abort' },
      { id: randomUUID(), verb: 'delete' },
      { id: randomUUID(), verb: 'abort', actor: { name: 'eve' } },
    ])
      expect(await ask(`${pathOf(plan)}/actions`, ann.token, wrong)).toMatchObject({
        status: 422,
        body: { code: 'action-invalid' },
      });
    expect((await served.harness.view(plan)).actions).toEqual([]);
    await served.harness.act(plan, 'abort');
    await result(plan);
  });
});

describe('a raw Temporal client', () => {
  const action = (verb: ActionVerb, rollout: string, more: Partial<Action> = {}): Action => ({
    id: randomUUID(),
    verb,
    rollout,
    actor: { name: 'ann', channel: 'api', groups: [] },
    ...more,
  });
  const send = async (plan: Plan, sent: Action): Promise<string> => {
    const answer = await served.harness.act(plan, sent.verb, sent).catch((error) => ({ message: error.cause.message }));
    return answer.message;
  };

  test('proves nobody with statements that are not for this, and shows an abort as nobody proven', async () => {
    const plan = await served.running('raw');
    const { cluster } = served.harness;
    const forged: [Action, RegExp][] = [
      [
        await vouched(action('promote', 'raw-1'), { ...plan, name: 'other' }, cluster, served.vouching),
        /about rollout\/.*\/other/,
      ],
      [await vouched(action('promote', 'raw-1'), plan, 'elsewhere', served.vouching), /about rollout\/elsewhere/],
      [
        { ...(await vouched(action('promote', 'raw-1'), plan, cluster, served.vouching)), reason: 'x' },
        /about another action/,
      ],
      [await vouched(action('promote', 'raw-0'), plan, cluster, served.vouching), /meant for raw-0/],
      [
        await vouched({ ...action('promote', ''), rollout: undefined }, plan, cluster, served.vouching),
        /names no rollout/,
      ],
      [
        await vouched(
          { ...action('promote', 'raw-1'), actor: { name: 'bob', channel: 'api' } },
          plan,
          cluster,
          served.vouching,
        ),
        /bob may not promote/,
      ],
    ];
    for (const [sent, message] of forged) expect(await send(plan, sent)).toMatch(message);
    const stolen = await vouched(action('abort', 'raw-1', { reason: 'forged' }), plan, cluster, {
      key: { ...testServer().key, id: served.vouching.key.id },
    });
    expect(await send(plan, stolen)).toMatch(/^Going back/);
    const { outcome, actions } = await result(plan);
    expect(outcome?.reason).toBe('Aborted by ann · api (unverified): forged.');
    expect(new Set(actions.map(({ verified }) => verified))).toEqual(new Set(['unverified']));
  });

  test('has the effect of a statement once, and a new key is waited for', async () => {
    const plan = await served.running('replayed');
    const { cluster } = served.harness;
    const sent = await vouched(action('set-weight', 'replayed-1', { weight: 50 }), plan, cluster, served.vouching);
    served.install(PEOPLE, testServer('other').servers);
    const waiting = send(plan, sent);
    await served.harness.until(plan, ({ actions }) => actions[0]?.verified === 'pending');
    served.install(PEOPLE);
    const first = await waiting;
    expect(first).toMatch(/^Going to 50 %/);
    await served.harness.until(plan, ({ route }) => route.canary === 50);
    expect(await send(plan, sent)).toBe(first);
    expect((await served.harness.view(plan)).actions).toHaveLength(1);
    await served.harness.act(plan, 'abort');
    await result(plan);
  });

  test('is refused without a proof where the installation is closed, signals too', async () => {
    served.install(`${PEOPLE}unproven: closed\n`);
    const plan = await served.running('closed');
    for (const verb of ['pause', 'abort'] as const)
      expect(await send(plan, { id: randomUUID(), verb, actor: { name: 'ann', channel: 'cli' } })).toMatch(
        /is refused: no server vouches for who asks/,
      );
    await served.harness.handle(plan).signal(abortSignal, 'pager');
    expect(await post(plan, ann.token, 'pause')).toMatchObject({ status: 200 });
    const { state, actions } = await served.harness.view(plan);
    expect([state, actions.length]).toEqual(['paused', 4]);
    expect(await post(plan, ann.token, 'abort')).toMatchObject({ status: 200 });
    expect((await result(plan)).outcome?.reason).toBe('Aborted by ann · api.');
  });
});
