/** `source: canary`, changed under its users: nobody meets a revision before its own rollout has led them to it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Prober } from '../../../lab/prober/index.ts';
import type { StepName } from '../../../src/contract/steps.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { WROTE } from '../../../src/kubernetes/objects/annotations.ts';
import { eventually, getJson, kubectl, requestsOn } from '../../support/lab/cluster.ts';
import { WatchedCanary } from '../support/watched-canary.ts';

let canary: WatchedCanary;

beforeAll(async () => {
  canary = await WatchedCanary.create('held', { shift: 'weights: [40, 100], every: 5s', replicas: 2 });
}, 240_000);
afterAll(() => canary?.remove());

const until = (seen: (view: RolloutView) => boolean, what: string) => canary.sluice.until(canary.plan, seen, what);
const line = ({ steps }: RolloutView, name: StepName) => steps.find((step) => step.name === name);
const atForty = () => until(({ route }) => route.canary === 40, 'users are on the canary');

/** @returns the end of the rollout after that one, of what Git has now */
async function next(first: RolloutView): Promise<RolloutView> {
  const other = async () => (await canary.rollout()) !== first.rollout || undefined;
  await eventually(other, 'the next one has begun', 120_000);
  return canary.sluice.result(canary.plan);
}

/** Users who met a version before its rollout led the first of them to it, and how many did afterwards. */
async function met(users: Prober, version: string, rollout: RolloutView) {
  const { failed } = await users.stop();
  const from = Date.parse(line(rollout, 'route-canary')?.startedAt ?? '');
  const of = users.records().filter((one) => one.version === version);
  const early = of.filter(({ sentAt }) => sentAt < from).length;
  return { failed, early, later: of.length - early };
}

/** Writes that lead users, and those that make pods of another template of the canary possible, in order. */
async function order(): Promise<string[]> {
  return (await requestsOn(canary.app.namespace))
    .filter(({ responseStatus }) => (responseStatus?.code ?? 500) < 300)
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name}`)
    .filter((one) => /^(patch virtualservices|create replicasets.reviews-v2-)/.test(one))
    .map((one) => one.replace(/[/].*/, ''));
}

async function atRest(): Promise<void> {
  const { spec, metadata } = await canary.deployment();
  expect(spec.replicas).toBe(0);
  expect(spec).not.toHaveProperty('paused');
  expect(metadata.annotations).not.toHaveProperty([WROTE]);
}

test('changed at a weight of 40: it is tested in a rollout of its own, after the first has given way', async () => {
  const users = canary.app.users({ rate: 50 });
  await canary.write('reviews:v2');
  const first = await atForty();
  expect((await canary.deployment()).spec.paused).toBe(true);
  await canary.write('reviews:v4');
  const second = await next(first);
  expect(second.outcome).toMatchObject({ kind: 'promoted' });
  expect(line(second, 'acceptance')?.state).toBe('done');
  expect(await met(users, 'v4', second)).toEqual({ failed: 0, early: 0, later: expect.any(Number) });
  expect(users.summary().byVersion).toMatchObject({ v2: expect.any(Number), v4: expect.any(Number) });
  const [make, lead] = ['create replicasets', 'patch virtualservices'];
  expect((await order()).slice(0, 4)).toEqual([make, lead, lead, make]);
  await atRest();
}, 240_000);

test('changed while the primary is upgraded: what was tested is promoted, and a pod that dies comes back as it was', async () => {
  const users = canary.app.users({ rate: 50 });
  await canary.write('reviews:v5-ready-after-10s');
  const first = await until((view) => line(view, 'upgrade-primary')?.state === 'running', 'the primary is upgraded');
  await canary.write('reviews:v6');
  const pods = async () => {
    const all = await kubectl('-n', canary.app.namespace, 'get', 'pods', '-l', 'version=v2', '-o', 'json');
    return (JSON.parse(all) as { items: { metadata: { name: string }; spec: { containers: { image: string }[] } }[] })
      .items;
  };
  const [one] = await pods();
  await kubectl('-n', canary.app.namespace, 'delete', 'pod', one?.metadata.name ?? '', '--wait=false');
  await eventually(
    async () => (await pods()).every(({ metadata }) => metadata.name !== one?.metadata.name) || undefined,
    'it is gone',
  );
  const again = await eventually(async () => ((await pods()).length === 2 ? pods() : undefined), 'another is there');
  expect(again.map(({ spec }) => spec.containers[0]?.image)).toEqual(Array(2).fill('reviews:v5-ready-after-10s'));
  const promoted = async () => {
    const { spec } = await canary.deployment('reviews-v1');
    return spec.template.spec.containers[0]?.image?.startsWith('reviews:v5') || undefined;
  };
  await eventually(promoted, 'the tested one is promoted', 120_000);
  const second = await next(first);
  expect(second.outcome).toMatchObject({ kind: 'promoted' });
  expect(await met(users, 'v6', second)).toEqual({ failed: 0, early: 0, later: expect.any(Number) });
  await atRest();
}, 300_000);

test('resumed by somebody: it is paused again; resumed with another revision: users leave it at once', async () => {
  const users = canary.app.users({ rate: 50 });
  await canary.write('reviews:v7');
  const first = await atForty();
  const { namespace } = canary.app;
  await kubectl('-n', namespace, 'rollout', 'resume', 'deployment/reviews-v2');
  await eventually(async () => (await canary.deployment()).spec.paused, 'it is paused again');
  const changed = {
    spec: { paused: false, template: { spec: { containers: [{ name: 'reviews', image: 'reviews:v8' }] } } },
  };
  await kubectl('-n', namespace, 'patch', 'deployment', 'reviews-v2', '-p', JSON.stringify(changed));
  const second = await next(first);
  expect(second.outcome).toMatchObject({ kind: 'promoted' });
  expect(await met(users, 'v8', second)).toEqual({ failed: 0, early: 0, later: expect.any(Number) });
  const { spec } = await getJson<{ spec: object }>(namespace, 'deployment', 'reviews-v2');
  expect(spec).not.toHaveProperty('paused');
}, 240_000);
