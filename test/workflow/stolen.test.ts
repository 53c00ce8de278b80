/** What somebody can do with what is stolen, and cannot, as docs/architecture/security.md says; and keys that are replaced meanwhile. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newToken } from '../../src/authority/index.ts';
import type { ActionVerb } from '../../src/contract/action.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { parseSecrets, sign } from '../../src/network/standard-webhooks.ts';
import { type TestServer, testServer, vouched } from '../support/authority.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { secretFile } from '../support/sender.ts';
import { type Served, serve } from './support/served.ts';

const [token, other] = [newToken(), newToken()];
const HOOK = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const SECRETS = JSON.stringify(secretFile(HOOK));
const FILE = `people:
  - name: ann
    tokens: [{ sha256: ${token.sha256}, expires: "2999-01-01T00:00:00Z", may: [{ verbs: [view, pause, resume], plans: [demo/*] }] }]
    may: [{ verbs: ["*"], plans: [demo/*] }]
  - { name: bob, tokens: [{ sha256: ${other.sha256}, expires: "2999-01-01T00:00:00Z" }], may: [{ verbs: [set-weight], plans: [demo/*] }] }
senders:
  - { name: ci, plans: [demo/reviews], signature: { preset: standard-webhooks, secrets: [${SECRETS}] } }
  - { name: ops, plans: ["*/*"], signature: { preset: github, secrets: [${JSON.stringify(secretFile('another-secret'))}] } }
unproven: closed
`;

let served: Served;
beforeEach(async () => {
  served = await serve(FILE);
});
afterEach(() => served.close());

async function post(plan: Plan, by: string, verb: ActionVerb, more: object = {}): Promise<number> {
  const path = `${served.harness.cluster}/${plan.namespace}/${plan.name}/actions`;
  const init = { method: 'POST', headers: { authorization: `Bearer ${by}` } };
  const body = JSON.stringify({ id: randomUUID(), verb, ...more });
  return (await fetch(`${served.url}/api/v1/rollouts/${path}`, { ...init, body })).status;
}

/** Straight to Temporal, with a statement of this key. */
async function forge(plan: Plan, key: TestServer, name: string, verb: ActionVerb, more = {}): Promise<string> {
  const { rollout } = await served.harness.view(plan);
  const action = { id: randomUUID(), verb, rollout, actor: { name, channel: 'api' }, ...more };
  const sent = await vouched(action, plan, served.harness.cluster, key);
  const answer = await served.harness.act(plan, verb, sent).catch((error) => ({ message: error.cause.message }));
  return answer.message;
}

test('an API token is good for what it is for, as its person alone, until it is out of the file', async () => {
  const plan = await served.running('token');
  expect(await post(plan, token.token, 'pause')).toBe(200);
  expect(await post(plan, token.token, 'resume')).toBe(200);
  expect(await post(plan, token.token, 'abort')).toBe(403);
  expect(await post(plan, token.token, 'resume', { actor: { name: 'bob', channel: 'api' } })).toBe(422);
  const { actions } = await served.harness.view(plan);
  expect(new Set(actions.map(({ by }) => by))).toEqual(new Set(['ann · api']));
  served.install(FILE.replace(token.sha256, 'a'.repeat(64)));
  expect(await post(plan, token.token, 'pause')).toBe(401);
});

test('a key of a server speaks for whom it vouches, never beyond their rights, until it is out of the file', async () => {
  const stolen = testServer('edge');
  const edge = `  - { name: edge, keys: [${stolen.key.id}], vouchesFor: { people: [bob], verbs: [set-weight, pause], plans: [demo/key] } }\n`;
  const main = served.vouching.servers.replace('servers: [', 'servers:\n  - ').replace(/\]\n$/, '\n');
  served.install(FILE, main + edge);
  const [plan, elsewhere] = [await served.running('key'), await served.running('other')];
  expect(await forge(plan, stolen, 'bob', 'set-weight', { weight: 50 })).toMatch(/^Going to 50 %/);
  expect(await forge(plan, stolen, 'bob', 'pause')).toMatch(/is refused: bob may not pause demo\/key/);
  expect(await forge(plan, stolen, 'ann', 'set-weight', { weight: 60 })).toMatch(/edge may not vouch for ann/);
  expect(await forge(plan, stolen, 'bob', 'promote')).toMatch(/edge may not vouch for bob to promote/);
  expect(await forge(elsewhere, stolen, 'bob', 'set-weight', { weight: 60 })).toMatch(
    /edge may not vouch .* demo\/other/,
  );
  served.install(FILE, main);
  const late = forge(plan, stolen, 'bob', 'set-weight', { weight: 70 });
  const { actions } = await served.harness.until(plan, (view) => view.actions.at(-1)?.verified === 'pending');
  expect(actions.at(-1)?.by).toBe('bob · api (unverified)');
  // with no server left nothing is waited for any more
  served.install(FILE, '');
  expect(await late).toMatch(/is refused: the key of the server is not in the installation of the worker/);
  expect((await served.harness.view(plan)).route.canary).toBe(50);
});

/** @param by secret that it is signed with */
async function send(path: string, event: object, { by = HOOK, id = String(randomUUID()) } = {}) {
  const [key] = parseSecrets([by]);
  const body = JSON.stringify(event);
  const signed = sign(id, new Date(), body, key as NonNullable<typeof key>);
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...signed } };
  const response = await fetch(`${served.url}${path}`, init);
  return { status: response.status, body: (await response.json()) as { offers?: { status: string }[] } };
}

test('a secret of a sender rolls out what its plans list, and nothing else', async () => {
  const image = 'registry.example.com/bookinfo/reviews:v3';
  expect([200, 201, 202]).toContain((await send('/hooks/deploy/ci', { image })).status);
  for (const [path, event, status] of [
    ['/hooks/deploy/ci', { image: 'evil.example.com/bookinfo/reviews:v3' }, 404],
    ['/hooks/deploy/ci', { plan: 'demo/reviews', image: 'evil.example.com/x:v3' }, 422],
    ['/hooks/deploy/ops', { image }, 401],
    ['/api/v1/rollouts', {}, 401],
  ] as const)
    expect(await send(path, event)).toMatchObject({ status });
});

test('keys of servers are replaced under a running rollout: nothing right is refused, nothing wrong accepted', async () => {
  const plan = await served.running('rotated');
  const fresh = testServer('test');
  const both = served.vouching.servers.replace(/keys: \[([^\]]*)\]/, `keys: [$1, ${fresh.key.id}]`);
  let turns = 0;
  let stop = false;
  const statuses = new Set<number>();
  const steering = (async () => {
    while (!stop) {
      statuses.add(await post(plan, token.token, turns % 2 === 0 ? 'pause' : 'resume'));
      turns += 1;
    }
  })();
  const turn = async (change: () => void) => {
    change();
    const reached = turns + 3;
    await expect.poll(() => turns, { timeout: 60_000 }).toBeGreaterThan(reached);
  };
  await turn(() => {});
  await turn(() => served.install(FILE, both));
  await turn(() => served.rekey(fresh));
  await turn(() => served.install(FILE, fresh.servers));
  stop = true;
  await steering;
  expect(statuses).toEqual(new Set([200]));
  // what the old key says is waited for, in case it becomes known again, and has no effect
  const late = forge(plan, served.vouching, 'bob', 'set-weight', { weight: 90 });
  const view = await served.harness.until(plan, ({ actions }) => actions.at(-1)?.verified === 'pending');
  expect(view.route.canary).toBeLessThan(50);
  served.install(FILE, '');
  expect(await late).toMatch(/is refused: the key of the server is not in the installation/);
});

test('secrets of senders and tokens of people are replaced under a running rollout: each is good as long as it is in the file', async () => {
  const plan = await served.running('replaced');
  const [fresh, next] = ['whsec_YW5vdGhlci1zZWNyZXQtb2YtMzItYnl0ZXMtbG9uZyE=', newToken()];
  const entry = `{ sha256: ${token.sha256}, expires: "2999-01-01T00:00:00Z", may: [{ verbs: [view, pause, resume], plans: [demo/*] }] }`;
  const own = entry.replace(token.sha256, next.sha256);
  const file = (secrets: string[], tokens: string[]) =>
    FILE.replace(SECRETS, secrets.map((text) => JSON.stringify(secretFile(text))).join(', ')).replace(
      entry,
      tokens.join(', '),
    );
  expect(FILE).toContain(entry);
  const event = [{ image: 'registry.example.com/bookinfo/reviews:v3' }, { id: 'before-1' }] as const;
  expect(await send('/hooks/deploy/ci', ...event)).toMatchObject({ body: { offers: [{ status: 'pending' }] } });
  for (const [secrets, tokens, known] of [
    [[HOOK], [entry], [true, false, true, false]],
    [
      [HOOK, fresh],
      [entry, own],
      [true, true, true, true],
    ],
    [[fresh], [own], [false, true, false, true]],
  ] as const) {
    served.install(file([...secrets], [...tokens]));
    const ping = async (by: string) => (await send('/hooks/deploy/ci', { ping: true }, { by })).status !== 401;
    const steer = async (by: string) => {
      const paused = (await post(plan, by, 'pause')) !== 401;
      if (paused) expect(await post(plan, by, 'resume')).not.toBe(401);
      return paused;
    };
    const seen = [await ping(HOOK), await ping(fresh), await steer(token.token), await steer(next.token)];
    expect(seen).toEqual(known);
  }
  // what was sent before is not new because it is signed anew
  const again = await send('/hooks/deploy/ci', event[0], { ...event[1], by: fresh });
  expect(again).toMatchObject({ status: 200, body: { offers: [{ status: 'duplicate' }] } });
  const { actions } = await served.harness.view(plan);
  expect(new Set(actions.map(({ by, verified }) => `${by} ${verified}`))).toEqual(new Set(['ann · api verified']));
});

test('an offer that waits in line outlives the key it was vouched with, while that is in the file', async () => {
  const plan = planFor('waits', { mirror: undefined, onNewRevision: 'queue' });
  served.world.stuck.add('checkInterval live');
  await served.offer(offerFor(plan));
  await served.harness.until(plan, ({ route }) => route.canary === 20);
  const next = offerFor(plan, 'reviews:v3');
  expect(await served.offer(next)).toMatchObject({ status: 'queued' });
  const fresh = testServer('test');
  served.install(FILE, served.vouching.servers.replace(/keys: \[([^\]]*)\]/, `keys: [$1, ${fresh.key.id}]`));
  served.rekey(fresh);
  served.world.stuck.clear();
  await served.harness.handle(plan).result();
  await expect
    .poll(async () => (await served.harness.view(plan)).startedBy.delivery, { timeout: 30_000 })
    .toBe(next.id);
  expect((await served.harness.handle(plan).result()).outcome.kind).toBe('promoted');
});
