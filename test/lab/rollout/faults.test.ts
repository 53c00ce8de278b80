import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectl } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { SETTLED_MS, usersSettle } from '../support/settled.ts';

describe('a canary that goes wrong under users', () => {
  let sluice: ClusterSluice;

  beforeAll(async () => {
    sluice = await ClusterSluice.start();
  });

  afterAll(() => sluice?.stop());

  test('refused connections, which only the callers see, abort at the failure threshold', async () => {
    const app = await Reviews.create('refuse', { readinessPort: 15020 });
    const plan = app.plan({ mirror: undefined, load: undefined, shift: { weights: [20, 100], everyMs: 3_000 } });
    const recorder = app.recordRoute();
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ route }) => route.canary === 20, 'weight 20');
    const broken = Date.now();
    await app.behave('v2', { refuse: true });
    const view = await sluice.result(plan);
    const back = recorder.versions.findLast(({ canary }) => canary === 0);
    recorder.stop();
    await usersSettle();
    const { failed } = await prober.stop();
    console.info(
      `refused connections: users back on the primary after ${(((back?.at ?? 0) - broken) / 1000).toFixed(1)} s, ${failed} failed until then`,
    );
    expect(view.outcome).toMatchObject({ kind: 'failed', step: 10 });
    const settled = prober.records().filter(({ sentAt }) => sentAt > (back?.at ?? 0) + SETTLED_MS);
    expect(settled.length).toBeGreaterThan(20);
    expect(settled.filter(({ status }) => status !== 200)).toEqual([]);
    await app.remove();
  });

  test('all pods dead: users leave first, then a person is asked', { tags: ['repeat'] }, async () => {
    const app = await Reviews.create('die');
    const plan = app.plan({ mirror: undefined, load: undefined, shift: { weights: [40, 100], everyMs: 30_000 } });
    const recorder = app.recordRoute();
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ route }) => route.canary === 40, 'weight 40');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const broken = Date.now();
    await app.behave('v2', { crash: true });
    const held = await sluice.until(plan, ({ needsYou }) => needsYou !== undefined, 'needs you');
    const back = recorder.versions.findLast(({ canary }) => canary === 0);
    expect(held.route).toEqual({ primary: 100, canary: 0, mirror: 0 });
    await sluice.act(plan, 'abort', 'it dies');
    await sluice.result(plan);
    recorder.stop();
    await usersSettle();
    const { failed } = await prober.stop();
    console.info(
      `all pods dead: users back on the primary after ${(((back?.at ?? 0) - broken) / 1000).toFixed(2)} s, ${failed} failed until then`,
    );
    expect((back?.at ?? 0) - broken).toBeLessThan(5_000);
    const settled = prober.records().filter(({ sentAt }) => sentAt > (back?.at ?? 0) + SETTLED_MS);
    expect(settled.length).toBeGreaterThan(20);
    expect(settled.filter(({ status }) => status !== 200)).toEqual([]);
    await app.remove();
  });
});

test('a primary that does not come up holds with users on the canary; abort restores it first', async () => {
  const [app, sluice] = await Promise.all([Reviews.create('stuck'), ClusterSluice.start()]);
  const plan = app.plan({
    mirror: undefined,
    load: undefined,
    shift: { weights: [100], everyMs: 2_000 },
    scale: { ...app.plan().scale, readyTimeoutMs: 6_000 },
  });
  const prober = app.users();
  await sluice.deliver(plan, 'reviews:v2');
  await sluice.until(plan, ({ route }) => route.canary === 100, 'weight 100');
  await kubectl('-n', app.namespace, 'create', 'quota', 'no-more-pods', '--hard=pods=1');
  const held = await sluice.until(plan, ({ needsYou }) => needsYou !== undefined, 'needs you');
  expect(held.needsYou?.reason).toMatch(/quota/);
  expect(await app.weights()).toEqual({ primary: 0, canary: 100, mirror: 0 });
  await kubectl('-n', app.namespace, 'delete', 'quota', 'no-more-pods');
  await sluice.act(plan, 'abort', 'no room');
  const view = await sluice.result(plan);
  const { total, failed } = await prober.stop();
  console.info(`primary without room: ${total} sent, ${failed} failed`);
  expect(view.outcome).toMatchObject({ kind: 'aborted', step: 14 });
  expect((await app.replicas('reviews-v1')).spec.template.spec.containers[0]?.image).toBe('reviews:v1');
  expect(failed).toBe(0);
  await sluice.stop();
  await app.remove();
});
