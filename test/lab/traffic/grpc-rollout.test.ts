/** Rollouts of a gRPC service on a GRPCRoute with a real worker: callers notice nothing of a good revision, and little of a bad one. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../../src/contract/plan.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { Shop } from '../../support/lab/shop.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

let app: Shop;
let sluice: ClusterSluice;

beforeAll(async () => {
  [app, sluice] = await Promise.all([Shop.create('grpc', { grpc: true, http2: true }), ClusterSluice.start()]);
}, 180_000);

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

async function roll(image: string, changes: Partial<Plan>) {
  const plan = app.plan({ load: undefined, ...changes });
  plan.traffic.routes = [{ kind: 'GRPCRoute', name: 'shop-grpc', namespace: app.namespace }];
  const prober = app.users({ url: `${app.gateway}/shop.Cart/Get`, host: `grpc.${app.host}`, grpc: true });
  const began = Date.now();
  expect(await sluice.deliver(plan, image)).toMatchObject({ status: 'started' });
  const view: RolloutView = await sluice.result(plan);
  const seconds = Math.round((Date.now() - began) / 1000);
  const users = await prober.stop();
  console.info(
    `${image}: ${view.outcome?.kind} after ${seconds} s, ${users.failed} of ${users.total} calls failed; ${view.outcome?.reason}`,
  );
  return { view, users };
}

test('5 % INTERNAL: aborted', async () => {
  const { view, users } = await roll('shop:v2-err5', { mirror: undefined });
  expect(view.outcome, JSON.stringify(view.outcome)).toMatchObject({ kind: 'failed' });
  expect(view.outcome?.reason).toMatch(/success-rate 9\d(\.\d+)? % of \d+ requests/);
  expect(users.failed).toBeGreaterThan(0);
  expect(users.byVersion).toMatchObject({ v1: expect.any(Number), 'v2-err5': expect.any(Number) });
}, 180_000);

test('good: promoted, and no caller noticed', async () => {
  const { view, users } = await roll('shop:v3', {
    mirror: { percent: 100, everyMs: 2_000, iterations: 1 },
    shift: { weights: [50, 100], everyMs: 3_000 },
  });
  expect(view.outcome, JSON.stringify(view.outcome)).toMatchObject({ kind: 'promoted' });
  expect(users.failed, JSON.stringify({ ...users.byStatus, ...users.byError })).toBe(0);
}, 180_000);
