import { ApplicationFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mirrored, weighted } from '../../src/contract/intent.ts';
import type { Offer, OfferAnswer } from '../../src/contract/offer.ts';
import type { AuditExport, Leftover, PlanRef, ReconcileInput, ReconcileReport } from '../../src/contract/reconcile.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type Harness, startHarness } from '../support/workflow/harness.ts';
import { left, repairOf } from '../support/workflow/repair.ts';
import { FakeWorld } from '../support/workflow/world.ts';

/** A world with something left behind, and a Temporal that knows who looks after what. */
class LostWorld extends FakeWorld {
  leftovers: Leftover[][] = [];
  alone: PlanRef[] = [];
  offer?: (offer: Offer) => Promise<OfferAnswer>;

  override cluster() {
    return {
      ...super.cluster(),
      findLeftovers: async ({ namespaces }: { namespaces: string[] }) => {
        this.calls.push({ name: 'findLeftovers', detail: namespaces.join(',') });
        return { leftovers: this.leftovers.shift() ?? [], problems: [] };
      },
    };
  }

  exportAudits: () => Promise<AuditExport> = async () => ({ files: 0 });

  override control() {
    return {
      ...super.control(),
      unservedClusters: async () => [],
      exportAudits: async () => this.exportAudits(),
      rolloutNamespaces: async () => ['demo'],
      withoutWorkflow: async () => this.alone,
      makeOffer: async ({ offer }: { offer: Offer }) => {
        if (!this.offer) throw new Error('nobody takes offers');
        return this.offer(offer);
      },
    };
  }
}

let world: LostWorld;
let harness: Harness;

beforeEach(async () => {
  world = new LostWorld();
  harness = await startHarness(world);
});

afterEach(() => harness.close());

describe('a repair', () => {
  test('restores the primary, waits for it, returns users, drains the canary to zero and reports', async () => {
    world.detection = left();
    world.primary = 'new';
    world.route = weighted(40);
    const plan = planFor('users', { affinity: undefined });
    expect(await harness.offer(repairOf(plan))).toMatchObject({ status: 'started', rollout: 'users-8' });
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome).toMatchObject({
      kind: 'repaired',
      reason: 'Brought to rest what was left behind by reviews-7.',
    });
    expect(view.warnings[0]).toContain('primary 60 %, canary 40 %');
    expect(world.names().filter((name) => name !== 'checkInterval live')).toEqual([
      'detect',
      'restorePrimary',
      'awaitChange primary 3, canary <1, primary <1',
      'route 100/0',
      'boundAutoscaler primary 2-8',
      'observeAway',
      'scaleCanaryToZero',
    ]);
    expect(world.primary).toBe('old');
    expect(world.notices.map(({ topic, view: told }) => [topic, told.outcome?.kind])).toEqual([['ended', 'repaired']]);
  });

  test('of copies alone takes the mirror off and leaves the primary in peace', async () => {
    world.route = mirrored(100);
    world.detection = left({ route: mirrored(100), written: ['route', 'canary', 'primary-autoscaler'] });
    const plan = planFor('copies');
    await harness.offer(repairOf(plan));
    await harness.handle(plan).result();
    expect(world.names()).toEqual([
      'detect',
      'route 100/0',
      'boundAutoscaler primary 2-8',
      'observeAway',
      'scaleCanaryToZero',
    ]);
  });

  test('leaves a canary that fails before the primary is back', async () => {
    world.detection = left();
    Object.assign(world, { primary: 'new', route: weighted(40), growsTo: 1, verdicts: ['fail', 'fail'] });
    const { analysis } = planFor('failing');
    const plan = planFor('failing', { analysis: { ...analysis, failureThreshold: 2 } });
    await harness.offer(repairOf(plan));
    await expect.poll(() => world.names(), { timeout: 20_000 }).toContain('route 100/0');
    expect((await harness.view(plan)).state).toBe('going-back');
    world.primaryReady = 3;
    expect(((await harness.handle(plan).result()) as RolloutView).outcome?.kind).toBe('repaired');
  });

  test('takes the cookie of the lost rollout away, not one of its own', async () => {
    const affinity = {
      cookie: 'canary',
      maxAgeS: 60,
      cleanupAfterMs: 50,
      path: '/',
      secure: false,
      httpOnly: true,
    };
    world.detection = left({ cookie: 'cookies-7' });
    const plan = planFor('cookies', { affinity });
    await harness.offer(repairOf(plan));
    await harness.handle(plan).result();
    expect(world.names().filter((name) => name.startsWith('route'))).toEqual([
      'route 100/0 expire cookies-7',
      'route 100/0',
    ]);
  });

  test('is refused by a rollout that runs, and changes nothing of it', async () => {
    world.stuck.add('runLoad');
    const plan = planFor('runs');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('runLoad');
    const answer = await harness.offer(repairOf(plan));
    expect(answer).toMatchObject({ status: 'rejected', reason: 'runs-1 looks after it: there is nothing to repair' });
    world.stuck.clear();
    expect(((await harness.handle(plan).result()) as RolloutView).outcome?.kind).toBe('promoted');
  });

  test('of what is at rest meanwhile writes nothing', async () => {
    world.detection = { kind: 'sound', sentence: 'Nothing is left of sound-7.' };
    const plan = planFor('sound');
    expect(await harness.offer(repairOf(plan))).toMatchObject({
      status: 'unchanged',
      reason: 'Nothing is left of sound-7.',
    });
    expect(world.names()).toEqual(['detect']);
  });

  test('is finished before a newer revision starts, even one that comes before it has looked', async () => {
    world.detection = left();
    world.stuck.add('detect');
    const plan = planFor('newer');
    const repair = harness.offer(repairOf(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('detect');
    expect(await harness.offer(offerFor(plan, 'reviews:v3'))).toMatchObject({ status: 'queued' });
    world.stuck.clear();
    await repair;
    world.detection = undefined;
    world.epoch = 8;
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
    expect(world.notices.map(({ view: told }) => told.outcome?.kind)).toEqual(['repaired', 'promoted']);
  });
});

describe('reconcile', () => {
  const plan = planFor('reviews');
  const leftover = (change: Partial<Leftover> = {}): Leftover => {
    return { plan, rollout: 'reviews-7', epoch: 7, sentences: ['a canary runs'], ...change };
  };
  const target = { namespace: 'demo', plan: 'reviews' };

  function reconcile(input: Partial<ReconcileInput>): Promise<ReconcileReport> {
    return harness.client.workflow.execute<(given: ReconcileInput) => Promise<ReconcileReport>>('reconcile', {
      workflowId: `reconcile/${harness.cluster}`,
      taskQueue: harness.queue,
      args: [{ cluster: harness.cluster, repair: false, ...input }],
    });
  }

  test('audits are exported at its end, and what keeps them from it is told', async () => {
    expect(await reconcile({})).not.toHaveProperty('exported');
    world.exportAudits = async () => ({ files: 2 });
    expect(await reconcile({})).toMatchObject({ found: [], exported: { files: 2 } });
    world.exportAudits = async () => {
      throw ApplicationFailure.nonRetryable('the disk is full');
    };
    expect(await reconcile({})).toMatchObject({ found: [], exported: { files: 0, problem: 'the disk is full' } });
  });

  test('reports what no workflow looks after, and writes nothing', async () => {
    world.leftovers = [[leftover()], [leftover()]];
    world.alone = [target];
    expect(await reconcile({})).toMatchObject({
      namespaces: ['demo'],
      found: [{ plan: 'reviews', rollout: 'reviews-7', sentences: ['a canary runs'] }],
    });
    expect(world.names()).toEqual(['findLeftovers demo', 'findLeftovers demo']);
  });

  test.each([
    ['a workflow looks after', [[leftover()]], []],
    ['came to rest between the two looks', [[leftover()], []], [target]],
    ['another rollout has taken over between the two looks', [[leftover()], [leftover({ epoch: 8 })]], [target]],
  ])('is silent about what %s', async (_what, leftovers, alone) => {
    world.leftovers = leftovers;
    world.alone = alone;
    expect((await reconcile({ repair: true })).found).toEqual([]);
  });

  test('starts a repair by an offer to the target', async () => {
    world.detection = left();
    world.leftovers = [[leftover()], [leftover()]];
    world.alone = [target];
    world.offer = (offer) => harness.offer(offer);
    const report = await reconcile({ repair: true, namespaces: ['demo', 'shop'] });
    expect(world.names()[0]).toBe('findLeftovers demo,shop');
    expect(report.found).toMatchObject([{ repair: { status: 'started', rollout: 'reviews-8' } }]);
    const view: RolloutView = await harness.handle(plan).result();
    expect(view).toMatchObject({ outcome: { kind: 'repaired' }, startedBy: { delivery: 'reconcile/demo-reviews-7' } });
  });
});
