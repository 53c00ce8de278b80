/** `source: canary`: a canary Deployment and what it reads, changed by its owners. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { eventually, kubectl } from '../../support/lab/cluster.ts';
import { WatchedCanary } from '../support/watched-canary.ts';

let canary: WatchedCanary;

beforeAll(async () => {
  canary = await WatchedCanary.create('source');
}, 120_000);
afterAll(() => canary?.remove());

test('a canary that is there with pods goes to zero, and is rolled out', async () => {
  const users = canary.app.users({ rate: 20 });
  const { view } = await canary.rolledOut(() => canary.write('reviews:v2'));
  expect(view.outcome).toMatchObject({ kind: 'promoted' });
  expect((await users.stop()).failed).toBe(0);
  const { spec } = await canary.deployment('reviews-v1');
  expect(spec.template.spec.containers[0]?.image).toMatch(/^reviews:v2/);
  expect((await canary.deployment()).spec.replicas).toBe(0);
  expect(await canary.offers()).toBe(1);
}, 120_000);

test('image, template, ConfigMap and Secret: each change is a rollout', async () => {
  const users = canary.app.users({ rate: 20 });
  const seconds: Record<string, number> = {};
  for (const [what, change] of Object.entries({
    image: () => canary.write('reviews:v3'),
    template: () => canary.write('reviews:v3', [{ name: 'SPEED', value: 'high' }]),
    ConfigMap: () => canary.writeConfig('two'),
    Secret: () => canary.writeSecret('hunter3'),
  })) {
    const ended = await canary.rolledOut(change);
    expect(ended.view.outcome, what).toMatchObject({ kind: 'promoted' });
    seconds[what] = ended.seconds;
    console.log(what, JSON.stringify({ s: ended.seconds, ms: await canary.parts(ended.at) }));
  }
  expect((await users.stop()).failed).toBe(0);
  expect(await canary.offers()).toBe(5);
  // what may not be watched would be seen after half a minute
  for (const [what, took] of Object.entries(seconds)) expect(took, what).toBeLessThan(15);
}, 240_000);

test('a version that failed stays where it is and starts nothing, also by a watcher that comes anew', async () => {
  const users = canary.app.users({ rate: 20 });
  const { view } = await canary.rolledOut(() => canary.write('reviews:v3-never-ready'));
  expect(view.outcome).toMatchObject({ kind: 'failed' });
  const before = [await canary.rollout(), await canary.offers()];
  canary.watcher.kill('SIGKILL');
  canary.watch();
  // another change shows that it watches; what does not change the revision is none
  await kubectl('-n', canary.app.namespace, 'label', 'deployment', 'reviews-v2', 'seen=yes');
  await sleep(20_000);
  expect([await canary.rollout(), await canary.offers()]).toEqual(before);
  expect((await users.stop()).failed).toBe(0);
}, 120_000);

test('ten changes in a row, with the watcher killed among them: the last one is promoted', async () => {
  const users = canary.app.users({ rate: 20 });
  for (let n = 1; n <= 10; n += 1) {
    await canary.write('reviews:v4', [{ name: 'N', value: String(n) }]);
    if (n === 5) canary.watcher.kill('SIGKILL');
    if (n === 8) canary.watch();
    await sleep(700);
  }
  const isLast = (one: Deployment) =>
    JSON.stringify(one.spec.template.spec.containers[0]?.env) === JSON.stringify([{ name: 'N', value: '10' }]);
  await eventually(
    async () => isLast(await canary.deployment('reviews-v1')) || undefined,
    'the last one is promoted',
    120_000,
  );
  expect((await canary.sluice.result(canary.plan)).outcome).toMatchObject({ kind: 'promoted' });
  expect((await canary.deployment()).spec.replicas).toBe(0);
  expect((await users.stop()).failed).toBe(0);
}, 200_000);

test('a version that failed and is applied again later is tried again', async () => {
  const [before, count] = [await canary.rollout(), await canary.offers()];
  const { view } = await canary.rolledOut(() => canary.write('reviews:v3-never-ready'));
  expect(view.outcome).toMatchObject({ kind: 'failed' });
  expect(view.rollout).not.toBe(before);
  expect(await canary.offers()).toBe(count + 1);
}, 120_000);

test('an old version that is applied again is rolled out again, and one that the primary has is not', async () => {
  const users = canary.app.users({ rate: 20 });
  const { view } = await canary.rolledOut(() => canary.write('reviews:v3'));
  expect(view.outcome).toMatchObject({ kind: 'promoted' });
  const [before, count] = [await canary.rollout(), await canary.offers()];
  await canary.write('reviews:v3', [{ name: 'N', value: '11' }]);
  await eventually(async () => (await canary.rollout()) !== before || undefined, 'it has begun');
  await canary.write('reviews:v3');
  await eventually(async () => (await canary.offers()) >= count + 2 || undefined, 'it was offered again', 120_000);
  const atRest = async () => (await canary.deployment()).spec.replicas === 0 || undefined;
  await eventually(atRest, 'the canary is at rest', 60_000);
  const { spec } = await canary.deployment('reviews-v1');
  expect(JSON.stringify(spec)).not.toContain('"11"');
  expect((await users.stop()).failed).toBe(0);
}, 200_000);
