/** Who may begin a rollout: through the API and the hook of a real server, and with a raw Temporal client; the worker judges. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newToken, vouchForOffer } from '../../src/authority/index.ts';
import type { Detected, DetectInput } from '../../src/contract/detected.ts';
import type { Offer } from '../../src/contract/offer.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offered, testServer } from '../support/authority.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { EXAMPLE } from '../support/plan-text.ts';
import { startHarness } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';
import { type Served, serve } from './support/served.ts';

const [ann, bob, eve] = Array.from({ length: 3 }, newToken) as [Token, Token, Token];
type Token = ReturnType<typeof newToken>;
const tokens = ({ sha256 }: Token) => `tokens: [{ sha256: ${sha256}, expires: "2999-01-01T00:00:00Z" }]`;
const PEOPLE = `people:
  - { name: ann, ${tokens(ann)}, may: [{ verbs: ["*"], plans: [demo/*] }] }
  - { name: bob, ${tokens(bob)}, may: [{ verbs: [run], plans: [demo/*] }] }
  - { name: eve, ${tokens(eve)}, may: [{ verbs: [view, abort], plans: [demo/*] }] }
`;

let served: Served;
beforeEach(async () => {
  served = await serve(PEOPLE);
});
afterEach(() => served.close());

const signed = (offer: Offer, by = served.vouching, name = 'ann') => offered(offer, name, served.harness.cluster, by);

async function aborted(plan: Plan): Promise<void> {
  await served.harness.act(plan, 'abort');
  await served.harness.handle(plan).result();
}

describe('a raw Temporal client', () => {
  test('begins nothing with an offer that nobody vouches for, or that says something else', async () => {
    const good = (more: Partial<Offer> = {}) =>
      signed(offerFor(planFor('raw'))).then((offer) => ({ ...offer, ...more }));
    const { event } = await good();
    const cases: [Offer, RegExp][] = [
      [await good({ statement: undefined }), /no server vouches for it/],
      [await good({ event: { ...event, image: 'reviews:evil' } }), /about another offer/],
      [await good({ plan: planFor('raw', { acceptance: [] }) }), /about another offer/],
      [await good({ plan: planFor('other') }), /about rollout\/.*\/raw, not about/],
      [await offered(offerFor(planFor('raw')), 'ann', 'elsewhere', served.vouching), /about rollout\/elsewhere/],
      [await signed(offerFor(planFor('raw')), served.vouching, 'eve'), /eve may not run demo\/raw/],
      [await signed(offerFor(planFor('raw')), served.vouching, 'bob'), /bob may not run-any-plan demo\/raw/],
    ];
    for (const [offer, reason] of cases)
      expect(await served.harness.offer(offer)).toMatchObject({
        status: 'rejected',
        reason: expect.stringMatching(reason),
        problems: [{ remedy: expect.stringContaining('--server') }],
      });
    expect(served.world.names()).toEqual([]);
    const right = await good();
    expect(await served.harness.offer(right)).toMatchObject({ status: 'started' });
    const { outcome, startedBy }: RolloutView = await served.harness.handle(right.plan).result();
    expect([outcome?.kind, startedBy.by]).toEqual(['promoted', 'ann · api']);
  });

  test('moves no rollout that runs by an offer that nobody vouches for, and by none of before', async () => {
    const plan = await served.running('runs');
    const newer = await signed(offerFor(plan, 'reviews:v3'));
    const old = { ...offerFor(plan, 'reviews:v0'), actor: { name: 'ann', channel: 'api' } };
    const before = new Date(Date.now() - 10 * 60_000).toISOString();
    const replayed = await vouchForOffer(
      { ...old, event: { ...old.event, receivedAt: before } },
      served.harness.cluster,
      served.vouching.key,
    );
    const cases: [Offer, RegExp][] = [
      [{ ...newer, id: 'test/a', statement: undefined }, /no server vouches for it/],
      [{ ...newer, id: 'test/b' }, /about another offer/],
      [replayed, /^it was issued at .*, and one of .* was taken already$/],
    ];
    for (const [offer, reason] of cases)
      expect(await served.harness.offer(offer)).toMatchObject({
        status: 'rejected',
        reason: expect.stringMatching(reason),
      });
    expect((await served.harness.view(plan)).state).toBe('running');
    expect(await served.harness.offer(newer)).toMatchObject({ status: 'superseding' });
    await served.harness.until(plan, ({ startedBy, route }) => startedBy.delivery === newer.id && route.canary === 20);
    await aborted(plan);
  });

  test('waits for a key that is on its way', async () => {
    const plan = planFor('key', { mirror: undefined });
    const other = testServer('other');
    served.install(PEOPLE, other.servers);
    const offer = served.harness.offer(await signed(offerFor(plan)));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    served.install(PEOPLE);
    expect(await offer).toMatchObject({ status: 'started' });
    await served.harness.handle(plan).result();
  });
});

/** What a delivery's workflow was started with. */
async function storedOffer(workflowId: string): Promise<Offer> {
  const { events } = await served.harness.client.workflow.getHandle(workflowId).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return JSON.parse(Buffer.from(payload?.data ?? []).toString()).offer;
}

describe('the API', () => {
  const post = async (name: string, { token }: Token, body: object) => {
    const path = `${served.harness.cluster}/demo/${name}/offers`;
    const response = await fetch(`${served.url}/api/v1/rollouts/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ id: randomUUID(), ...body }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  test('vouches for mirrors and repairs of who may have them', async () => {
    const { cluster } = served.harness;
    const ask = async ({ token }: Token, body: object) => {
      const headers = { authorization: `Bearer ${token}` };
      const order = JSON.stringify({ cluster, forMs: 60_000, ...body });
      const response = await fetch(`${served.url}/api/v1/statements`, { method: 'POST', headers, body: order });
      return { status: response.status, body: (await response.json()) as { statement?: string } };
    };
    const repair = { right: 'repair', what: ['demo'] };
    const { body } = await ask(ann, repair);
    expect(JSON.parse(Buffer.from(body.statement?.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      ...repair,
      cluster,
      person: 'ann',
    });
    expect(await ask(ann, { right: 'mirror', what: { namespace: 'demo', name: 'watch' } })).toMatchObject({
      status: 200,
    });
    for (const what of [['shop'], ['demo', 'shop'], ['*']])
      expect(await ask(ann, { ...repair, what })).toMatchObject({ status: 403 });
    expect(await ask(bob, repair)).toMatchObject({ status: 403 });
    expect(await ask(ann, { right: 'mirror', what: { namespace: 'shop', name: 'w' } })).toMatchObject({ status: 403 });
    for (const wrong of [
      { right: 'run' },
      { what: 'demo' },
      { forMs: 400 * 86_400_000 },
      { forMs: 'x' },
      { cluster: 1 },
    ])
      expect(await ask(ann, { ...repair, ...wrong })).toMatchObject({ status: 422 });
  });

  test('vouches for the plan of the server to who may run, for another text to who may run any, and for nobody else', async () => {
    const image = 'registry.example.com/bookinfo/reviews:v2';
    const other = EXAMPLE.replace('failureThreshold: 5', 'failureThreshold: 4');
    expect(other).not.toBe(EXAMPLE);
    expect(await post('reviews', eve, { image })).toMatchObject({ status: 403, body: { code: 'not-allowed' } });
    expect(await post('reviews', bob, { image, planText: other })).toMatchObject({
      status: 403,
      body: { code: 'plan-differs' },
    });
    expect(await post('nobody', ann, { image })).toMatchObject({ status: 422, body: { code: 'offer-invalid' } });
    for (const wrong of [{ image: 'Not An Image' }, { image, id: 'x' }, { image, planText: 'x: 1' }])
      expect(await post('reviews', ann, wrong)).toMatchObject({ status: 422, body: { code: 'offer-invalid' } });
    for (const [who, planText] of [
      [bob, undefined],
      [bob, `# the same\n${EXAMPLE}`],
      [ann, other],
    ] as const)
      expect(await post('reviews', who, { image, planText })).toMatchObject({
        status: 200,
        body: { offer: { status: 'pending' } },
      });
    const id = randomUUID();
    await post('reviews', bob, { image, id });
    const stored = await storedOffer(`delivery/cli/bob/${id}/demo/reviews`);
    expect(stored).toMatchObject({ planFile: 'reviews.yaml', actor: { name: 'bob', channel: 'api' } });
    served.world.stuck.add('checkInterval mirror');
    served.copy(other);
    setTimeout(() => served.copy(EXAMPLE), 1_000);
    expect(await served.harness.offer(stored)).toMatchObject({ status: 'started' });
    await aborted(stored.plan);
  });
});

test('the copy of the plan that the worker has read is the one that counts from the detection on', async () => {
  const world = new FakeWorld();
  const cluster = world.cluster();
  const own = planFor('pinned', { mirror: undefined, shift: { weights: [50, 100], everyMs: 20 }, notify: [] });
  const detect = async (input: DetectInput) => ({ ...(await cluster.detect(input)), plan: own }) as Detected;
  world.cluster = () => ({ ...cluster, detect });
  const harness = await startHarness(world);
  const plan = planFor('pinned');
  await harness.offer(offerFor(plan));
  const { weights, mirror, steps }: RolloutView = await harness.handle(plan).result();
  expect([weights, mirror]).toEqual([[50, 100], undefined]);
  expect(world.names().filter((name) => name.startsWith('route'))).toEqual([
    'route 50/50',
    'route 0/100',
    'route 100/0',
  ]);
  expect(steps.at(-1)?.note).toBe('nobody to tell');
  await harness.close();
});
