import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeOffer } from '../../src/activities/make-offer.ts';
import { deliveryWorkflowId, rolloutWorkflowId } from '../../src/contract/ids.ts';
import type { DeliveryAnswer } from '../../src/contract/offer.ts';
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
function deliveryFor(names: string[], changes: { id?: string; image?: string } = {}): Delivery {
  const { id = randomUUID(), image = 'reviews:v2' } = changes;
  const plans = names.map((name) => planFor(`${name}-${queue.slice(-8)}`));
  const request = { image: parseImage(image) };
  return newDelivery({ cluster: 'local', source: 'webhook', id, request, plans, receivedAt: new Date() });
}

function send(delivery: Delivery, waitMs = 20_000): Promise<Delivered> {
  return deliver(client, delivery, { queue: `${queue}-deliveries`, waitMs });
}

function statuses(delivered: Delivered): string {
  return delivered.kind === 'conflict'
    ? 'conflict'
    : `${delivered.kind} ${delivered.answer.offers.map(({ status }) => status)}`;
}

function runsOf(delivery: Delivery) {
  const { namespace, name } = delivery.offers[0]?.plan ?? planFor('none');
  return client.workflow.getHandle(rolloutWorkflowId('local', namespace, name));
}

describe('a delivery', () => {
  it('starts the rollout of each of its plans and tells their names', async () => {
    const delivery = deliveryFor(['reviews', 'ratings']);
    const delivered = await withWorkers(() => send(delivery));
    const [reviews, ratings] = delivery.offers.map(({ plan }) => plan.name);
    expect(delivered).toEqual({
      kind: 'answered',
      answer: {
        delivery: delivery.id,
        offers: [
          { plan: reviews, namespace: 'demo', status: 'started', rollout: `${reviews}-1` },
          { plan: ratings, namespace: 'demo', status: 'started', rollout: `${ratings}-1` },
        ],
      },
    });
  });

  it('reaches the rollout that runs', async () => {
    const outcome = await withWorkers(async () => {
      await send(deliveryFor(['reviews']));
      return send(deliveryFor(['reviews'], { image: 'reviews:v3' }));
    });
    expect(statuses(outcome)).toBe('answered queued');
  });

  it('sent 20 times at once is taken once', async () => {
    const delivery = deliveryFor(['reviews']);
    const kinds = await withWorkers(() =>
      Promise.all(Array.from({ length: 20 }, async () => statuses(await send(delivery)))),
    );
    expect(kinds.filter((kind) => kind === 'answered started')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'duplicate duplicate')).toHaveLength(19);
  });

  it('repeated after its end names the rollout it started', async () => {
    const delivery = deliveryFor(['reviews']);
    const again = await withWorkers(async () => {
      await send(delivery);
      return send(delivery);
    });
    expect(again).toMatchObject({
      kind: 'duplicate',
      answer: { offers: [{ status: 'duplicate', rollout: expect.stringMatching(/-1$/) }] },
    });
  });

  it('with the id of another one is a conflict', async () => {
    const delivery = deliveryFor(['reviews']);
    const other = deliveryFor(['reviews'], { id: delivery.id, image: 'reviews:v9' });
    const outcomes = await withWorkers(async () => [statuses(await send(delivery)), statuses(await send(other))]);
    expect(outcomes).toEqual(['answered started', 'conflict']);
  });

  it('is safe when no worker runs: pending at first, made when one comes up', async () => {
    const delivery = deliveryFor(['reviews']);
    expect(statuses(await send(delivery, 300))).toBe('pending pending');
    expect(statuses(await send(delivery, 300))).toBe('duplicate duplicate');
    const handle = client.workflow.getHandle(deliveryWorkflowId('webhook', delivery.id));
    const answer: DeliveryAnswer = await withWorkers(() => handle.result());
    expect(answer.offers.map(({ status }) => status)).toEqual(['started']);
  });

  it('tells what is known when one of its plans takes long', async () => {
    const delivery = deliveryFor(['waits', 'reviews']);
    await withWorkers(async () => {
      expect(statuses(await send(delivery, 4_000))).toBe('pending pending,started');
      await runsOf(delivery).signal('end');
      const handle = client.workflow.getHandle(deliveryWorkflowId('webhook', delivery.id));
      const answer: DeliveryAnswer = await handle.result();
      expect(answer.offers.map(({ status }) => status)).toEqual(['started', 'started']);
    });
  });

  it('is offered again until a worker takes the rollout', async () => {
    const delivery = deliveryFor(['reviews']);
    await withWorkers(async () => expect(statuses(await send(delivery, 2_500))).toBe('pending pending'), {
      rollouts: false,
    });
    const handle = client.workflow.getHandle(deliveryWorkflowId('webhook', delivery.id));
    const answer: DeliveryAnswer = await withWorkers(() => handle.result());
    expect(answer.offers.map(({ status }) => status)).toEqual(['started']);
  });

  it('is answered by the next run when the first one closes in between', async () => {
    const delivered = await withWorkers(() => send(deliveryFor(['closes'])));
    expect(statuses(delivered)).toBe('answered duplicate');
  });

  it('tells of a plan that cannot take it, and still reaches the others', async () => {
    const delivered = await withWorkers(() => send(deliveryFor(['refuses', 'reviews'])));
    expect(statuses(delivered)).toBe('answered rejected,started');
    expect(delivered).toMatchObject({ answer: { offers: [{ reason: 'this cannot be' }, {}] } });
  });

  it('says in plain words what it is', async () => {
    const delivery = deliveryFor(['reviews']);
    await withWorkers(() => send(delivery));
    const description = await client.workflow.getHandle(deliveryWorkflowId('webhook', delivery.id)).describe();
    expect(await description.staticSummary()).toBe(`reviews:v2 for demo/${delivery.offers[0]?.plan.name}`);
    expect(await (await runsOf(delivery).describe()).staticSummary()).toBe(
      `demo/${delivery.offers[0]?.plan.name} in local`,
    );
  });
});
