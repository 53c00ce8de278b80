/** A cluster that no worker serves, on a real server. */
import { afterEach, expect, test } from 'vitest';
import { unservedClusters } from '../../src/activities/reconcile/unserved-clusters.ts';
import { UNSERVED_MS } from '../../src/contract/time-limits.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type Harness, startHarness } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';

const running: Harness[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((harness) => harness.close()));
});

async function started(options: Parameters<typeof startHarness>[1]) {
  const world = new FakeWorld();
  const harness = await startHarness(world, options);
  running.push(harness);
  return { world, harness };
}

/** A rollout of a cluster that has no worker yet; its offer has no answer before there is one. */
async function waitingRollout(name: string) {
  const { world, harness } = await started({ workflowsOnly: true });
  const plan = planFor(name, { mirror: undefined });
  const begunMs = Date.now();
  void harness.offer(offerFor(plan)).catch(() => undefined);
  await expect.poll(() => harness.view(plan).catch(() => undefined)).toMatchObject({ state: 'starting' });
  return { world, harness, plan, begunMs };
}

test('reconcile names the cluster, and who waits there since when', async () => {
  const { harness, plan, begunMs } = await waitingRollout('nobody');
  const mine = async () => {
    const found = await unservedClusters(harness.client, Date.now());
    return found.find(({ cluster }) => cluster === harness.cluster);
  };
  await expect.poll(mine, { timeout: 20_000 }).toMatchObject({ open: 1 });
  const found = await mine();
  expect(found).toMatchObject({
    queues: [`sluice.${harness.cluster}`, `sluice.${harness.cluster}.wait`],
    waiting: [{ workflowId: harness.handle(plan).workflowId }],
  });
  expect(Math.abs(Date.parse(found?.waiting[0]?.since ?? '') - begunMs)).toBeLessThan(5_000);

  await started({ cluster: harness.cluster });
  await expect.poll(mine, { timeout: 20_000 }).toBeUndefined();
  expect(await harness.handle(plan).result()).toMatchObject({ outcome: { kind: 'promoted' } });
});

test('people are told, and it goes on when a worker comes up', { tags: ['repeat'], timeout: 240_000 }, async () => {
  const { world, harness, plan } = await waitingRollout('told');
  await new Promise((resolve) => setTimeout(resolve, UNSERVED_MS));
  const asked = await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
  expect(asked).toMatchObject({ state: 'needs-you', needsYou: { kind: 'worker', object: harness.cluster } });
  expect(world.notices.map(({ topic }) => topic)).toEqual(['needs-you']);
  const { historyLength } = await harness.handle(plan).describe();
  console.info(`two minutes without a worker: ${historyLength} events in all`);
  await started({ cluster: harness.cluster });
  expect(await harness.handle(plan).result()).toMatchObject({ outcome: { kind: 'promoted' }, questions: [] });
});
