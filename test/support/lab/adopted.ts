/** A rollout of a plan that adoption has put into the cluster; and how users fare meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Prober } from '../../../lab/prober/index.ts';
import { loadPlanObjects, type PlanObject } from '../../../src/plan/index.ts';
import { getJson } from './cluster.ts';
import type { LabApp } from './lab-app.ts';
import { ClusterSluice } from './sluice.ts';

/** @param atLeast so many have asked */
export async function expectServed(users: Prober, atLeast: number): Promise<void> {
  // until EndpointSlices and whoever follows them have seen what was done
  await sleep(3_000);
  const { failed, total, byStatus, byError } = await users.stop();
  console.info(`${total} requests, ${failed} failed`);
  expect(total).toBeGreaterThan(atLeast);
  expect(failed, JSON.stringify({ ...byStatus, ...byError })).toBe(0);
}

/** Version 2 becomes the primary's, and no user fails. */
export async function promoteAdopted(app: LabApp, name: string): Promise<void> {
  const { plans, broken } = loadPlanObjects([await getJson<PlanObject>(app.namespace, 'rolloutplan', name)]);
  const plan = plans[0]?.plan;
  if (!plan) throw new Error(JSON.stringify(broken));
  const sluice = await ClusterSluice.start();
  try {
    const users = app.users({ rate: 100 });
    expect(await sluice.deliver(plan, `${name}:v2`)).toMatchObject({ status: 'started' });
    const { outcome } = await sluice.result(plan);
    expect(outcome).toMatchObject({ kind: 'promoted' });
    await expectServed(users, 500);
  } finally {
    await sluice.stop();
  }
  const { containers } = (await app.replicas(plan.workload.primary)).spec.template.spec;
  expect(containers[0]?.image).toMatch(new RegExp(`^${name}:v2`));
  expect((await app.replicas(plan.workload.canary)).spec.replicas).toBe(0);
}
