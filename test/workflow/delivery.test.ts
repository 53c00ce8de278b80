import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeOffer } from '../../src/activities/make-offer.ts';
import { deliveryWorkflowId, noticesWorkflowId, rolloutWorkflowId } from '../../src/contract/ids.ts';
import type { OfferAnswer } from '../../src/contract/offer.ts';
import { type Delivered, type Delivery, deliver, newDelivery } from '../../src/intake/index.ts';
import { parseImage } from '../../src/plan/index.ts';
import { planFor } from '../support/plan.ts';
import { temporalAddress } from '../support/workflow/harness.ts';

const WORKFLOWS = fileURLToPath(new URL('./support/delivery-workflows.ts', import.meta.url));
const QUIET = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error };

let bundle: WorkflowBundleWithSourceMap;
let native: NativeConnection;
let connection: Connection;
let client: Client;
let queue: string;

beforeAll(async () => {
  const address = temporalAddress();
  [bundle, native, connection] = await Promise.all([
    bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: QUIET }),
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  client = new Client({ connection });
});
afterAll(() => Promise.all([native.close(), connection.close()]));
beforeEach(() => {
  queue = `delivery-${randomUUID()}`;
});

/** Runs `work` while workers serve the deliveries' queue and, if wanted, the rollouts' queue. */
async function withWorkers<T>(work: () => Promise<T>, { rollouts = true } = {}): Promise<T> {
  const workers = [await worker(`${queue}-deliveries`), ...(rollouts ? [await worker(`${queue}-rollouts`)] : [])];
  const [first, ...others] = workers;
  if (!first) throw new Error('no worker');
  return others.reduce<() => Promise<T>>(
    (inner, other) => () => other.runUntil(inner),
    () => first.runUntil(work),
  )();
}

function worker(taskQueue: string): Promise<Worker> {
  const runs = new Map<string, number>();
  const countRuns = async (id: string) => {
    runs.set(id, (runs.get(id) ?? 0) + 1);
    return runs.get(id);
  };
  const deps = { client, attemptMs: 1_000, queue: `${queue}-rollouts` };
  const offered = (input: Parameters<typeof makeOffer>[1]) => makeOffer(deps, input);
  return Worker.create({
    connection: native,
    taskQueue,
    workflowBundle: bundle,
    activities: { makeOffer: offered, countRuns },
  });
}

/** Plan names are made unique, so that tests do not meet each other's rollouts. */
function deliveryFor(name: string, changes: { id?: string; image?: string } = {}): Delivery {
  const { id = randomUUID(), image = 'reviews:v2' } = changes;
  const plan = planFor(`${name}-${queue.slice(-8)}`);
  const request = { image: parseImage(image) };
  return newDelivery({ cluster: 'local', source: 'ci', id, request, plan, receivedAt: new Date() });
}

function send(delivery: Delivery, waitMs = 20_000): Promise<Delivered> {
  return deliver(client, delivery, { queue: `${queue}-deliveries`, waitMs });
}

function status({ kind, offer }: Delivered): string {
  return `${kind} ${offer.status}`;
}

function deliveryOf({ offer }: Delivery) {
  return client.workflow.getHandle(deliveryWorkflowId(offer.id, offer.plan));
}

function runsOf({ offer }: Delivery) {
  return client.workflow.getHandle(rolloutWorkflowId('local', offer.plan.namespace, offer.plan.name));
}

describe('a delivery', () => {
  it('starts the rollout of its plan and tells its name', async () => {
    const delivery = deliveryFor('reviews');
    const delivered = await withWorkers(() => send(delivery));
    const { name } = delivery.offer.plan;
    expect(delivered).toEqual({
      kind: 'answered',
      offer: { plan: name, namespace: 'demo', status: 'started', rollout: `${name}-1` },
    });
  });

  it('hands over to the notices what a webhook is told', async () => {
    const delivery = deliveryFor('reviews');
    const { plan, id } = delivery.offer;
    plan.notify = [{ webhook: { target: 'board' } }];
    await withWorkers(() => send(delivery));
    const notices = client.workflow.getHandle(noticesWorkflowId('local', plan.namespace, plan.name));
    const events = (await notices.fetchHistory()).events ?? [];
    const [signal] = events.flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
    const [payload] = signal?.input?.payloads ?? [];
    expect([signal?.signalName, JSON.parse(Buffer.from(payload?.data ?? []).toString())]).toEqual([
      'look',
      {
        ...{ cluster: 'local', namespace: 'demo', plan: plan.name, notify: plan.notify },
        offered: { delivery: id, rollout: `${plan.name}-1`, sentence: 'started: reviews:v2 from ci' },
      },
    ]);
  });

  it('reaches the rollout that runs', async () => {
    const outcome = await withWorkers(async () => {
      await send(deliveryFor('reviews'));
      return send(deliveryFor('reviews', { image: 'reviews:v3' }));
    });
    expect(status(outcome)).toBe('answered queued');
  });

  it('sent 50 times at once is taken once', async () => {
    const delivery = deliveryFor('reviews');
    const kinds = await withWorkers(() =>
      Promise.all(Array.from({ length: 50 }, async () => status(await send(delivery)))),
    );
    expect(kinds.filter((kind) => kind === 'answered started')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'duplicate duplicate')).toHaveLength(49);
  });

  it('repeated after its end names the rollout it started', async () => {
    const delivery = deliveryFor('reviews');
    const again = await withWorkers(async () => {
      await send(delivery);
      return send(delivery);
    });
    expect(again).toMatchObject({ kind: 'duplicate', offer: { rollout: expect.stringMatching(/-1$/) } });
  });

  it('with the id of another one is a conflict', async () => {
    const delivery = deliveryFor('reviews');
    const other = deliveryFor('reviews', { id: delivery.offer.event.deliveryId, image: 'reviews:v9' });
    const outcomes = await withWorkers(async () => [status(await send(delivery)), status(await send(other))]);
    expect(outcomes).toEqual(['answered started', 'conflict rejected']);
  });

  it('is safe when no worker runs: pending at first, made when one comes up', async () => {
    const delivery = deliveryFor('reviews');
    expect(status(await send(delivery, 300))).toBe('pending pending');
    expect(status(await send(delivery, 300))).toBe('duplicate duplicate');
    const answer: OfferAnswer = await withWorkers(() => deliveryOf(delivery).result());
    expect(answer.status).toBe('started');
  });

  it('that takes long does not hold up another plan of the same event', async () => {
    const id = randomUUID();
    const [slow, quick] = [deliveryFor('waits', { id }), deliveryFor('reviews', { id })];
    await withWorkers(async () => {
      const outcomes = await Promise.all([slow, quick].map((delivery) => send(delivery, 4_000)));
      expect(outcomes.map(status)).toEqual(['pending pending', 'answered started']);
      await runsOf(slow).signal('end');
      expect(await deliveryOf(slow).result()).toMatchObject({ status: 'started' });
    });
  });

  it('of a plan that Temporal does not take answers for itself only', async () => {
    const id = randomUUID();
    const [large, other] = [deliveryFor('large', { id }), deliveryFor('reviews', { id })];
    large.offer.plan.notify = [{ email: { to: ['a'.repeat(2_500_000)] } }];
    const outcomes = await withWorkers(() => Promise.all([large, other].map((delivery) => send(delivery))));
    expect(outcomes.map(status)).toEqual(['refused rejected', 'answered started']);
  });

  it('is offered again until a worker takes the rollout', async () => {
    const delivery = deliveryFor('reviews');
    await withWorkers(async () => expect(status(await send(delivery, 2_500))).toBe('pending pending'), {
      rollouts: false,
    });
    const answer: OfferAnswer = await withWorkers(() => deliveryOf(delivery).result());
    expect(answer.status).toBe('started');
  });

  it('is answered by the next run when the first one closes in between', async () => {
    const delivered = await withWorkers(() => send(deliveryFor('closes')));
    expect(status(delivered)).toBe('answered duplicate');
  });

  it('tells of a plan that cannot take it', async () => {
    const delivered = await withWorkers(() => send(deliveryFor('refuses')));
    expect(delivered).toMatchObject({ kind: 'answered', offer: { status: 'rejected', reason: 'this cannot be' } });
  });

  it('of an image that the plan does not list never reaches the rollout', async () => {
    const delivery = deliveryFor('reviews', { image: 'evil.example.com/reviews:v2' });
    const delivered = await withWorkers(() => send(delivery));
    expect(delivered.offer).toMatchObject({
      status: 'rejected',
      problems: [{ problem: expect.stringContaining('does not list the image') }],
    });
    await expect(runsOf(delivery).describe()).rejects.toThrow(WorkflowNotFoundError);
  });

  it('says in plain words what it is', async () => {
    const delivery = deliveryFor('reviews');
    await withWorkers(() => send(delivery));
    const description = await deliveryOf(delivery).describe();
    const { name } = delivery.offer.plan;
    expect(await description.staticSummary()).toBe(`reviews:v2 for demo/${name}`);
    expect(await (await runsOf(delivery).describe()).staticSummary()).toBe(`demo/${name} in local`);
  });
});
