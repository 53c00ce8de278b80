import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliveryWorkflowId } from '../../../src/contract/ids.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { eventually, kubectl } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

let app: Reviews;
let sluice: ClusterSluice;
let plan: Plan;

beforeAll(async () => {
  [app, sluice] = await Promise.all([Reviews.create('events'), ClusterSluice.start({ workers: 0 })]);
  plan = app.plan({ mirror: undefined, load: undefined, acceptance: [], shift: { weights: [100], everyMs: 2_000 } });
});

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

const FIRST = randomUUID();

test('an event while no worker runs is pending; the rollout starts when one comes up, once', async () => {
  const users = app.users();
  expect(await sluice.deliver(plan, 'reviews:v2', FIRST, 2_000)).toMatchObject({ status: 'pending' });
  await sluice.startWorker();
  await eventually(() => sluice.view(plan).then(({ rollout }) => rollout), 'the rollout has begun');
  const view = await sluice.result(plan);
  expect(view).toMatchObject({ rollout: 'reviews-1', outcome: { kind: 'promoted' } });
  expect((await users.stop()).failed).toBe(0);
});

test('the same delivery again starts nothing, also when Temporal has forgotten it', async () => {
  expect(await sluice.deliver(plan, 'reviews:v2', FIRST)).toMatchObject({ status: 'duplicate' });
  await kubectl('-n', app.namespace, 'set', 'image', 'deployment/reviews-v1', 'reviews=reviews:v1');
  await kubectl('-n', app.namespace, 'rollout', 'status', 'deployment/reviews-v1');
  await sluice.forget(deliveryWorkflowId(`test/${FIRST}`, plan));
  // the rollout's closed run still knows the offer and repeats what it answered
  expect(await sluice.deliver(plan, 'reviews:v2', FIRST)).toMatchObject({ status: 'started', rollout: 'reviews-1' });
  await sluice.forget(deliveryWorkflowId(`test/${FIRST}`, plan));
  await sluice.forget(sluice.handle(plan).workflowId);
  // now only the primary remembers
  expect(await sluice.deliver(plan, 'reviews:v2', FIRST)).toMatchObject({ status: 'duplicate', rollout: 'reviews-1' });
  expect((await app.replicas('reviews-v2')).spec.replicas).toBe(0);
});

test('the revision that the primary runs is unchanged and starts nothing', async () => {
  expect(await sluice.deliver(plan, 'reviews:v1')).toMatchObject({ status: 'unchanged' });
});

test('fifty copies of one delivery at once are one rollout', async () => {
  const id = randomUUID();
  const answers = await Promise.all(Array.from({ length: 50 }, () => sluice.deliver(plan, 'reviews:v3', id)));
  expect(answers.filter(({ status }) => status === 'started')).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 'duplicate')).toHaveLength(49);
  const users = app.users(); // without requests there is no answer, and nothing would be promoted
  const view = await sluice.result(plan);
  await users.stop();
  expect(view).toMatchObject({ rollout: 'reviews-2', outcome: { kind: 'promoted' } });
});
