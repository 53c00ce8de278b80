/** The rollouts that are recorded, one for each kind of ending and of way there. */
import { ApplicationFailure } from '@temporalio/common';
import type { Plan } from '../../src/contract/plan.ts';
import { offerFor } from '../support/plan.ts';
import type { Harness } from '../support/workflow/harness.ts';
import { left, repairOf } from '../support/workflow/repair.ts';
import type { FakeWorld } from '../support/workflow/world.ts';

/** What happens in one, until its rollout ends. */
export type Scenario = (world: FakeWorld, harness: Harness, plan: Plan) => Promise<unknown>;

export const ROLLOUTS: Record<string, Scenario> = {
  promoted: (_world, harness, plan) => harness.offer(offerFor(plan)),
  failed: (world, harness, plan) => {
    world.verdicts = Array(5).fill('fail');
    return harness.offer(offerFor(plan));
  },
  aborted: async (world, harness, plan) => {
    world.stuck.add('awaitReady primary 3');
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.steps[13]?.state === 'running');
    await harness.act(plan, 'pause', { reason: 'look' });
    await harness.act(plan, 'resume');
    await harness.act(plan, 'abort', { reason: 'record' });
    world.stuck.clear();
  },
  matched: (_world, harness, plan) => {
    const stage = { everyMs: 20, iterations: 1 };
    plan.match = [
      { match: { header: { 'x-tester': 'yes' } }, ...stage },
      { match: { cookie: { tester: '1' } }, ...stage },
    ];
    return harness.offer(offerFor(plan));
  },
  kept: (_world, harness, plan) => {
    plan.affinity = { cookie: 'arm', maxAgeS: 60, cleanupAfterMs: 20, path: '/', secure: false, httpOnly: true };
    return harness.offer(offerFor(plan));
  },
  object: (_world, harness, plan) =>
    harness.offer({ ...offerFor(plan), planFile: `RolloutPlan demo/${plan.name}, generation 7` }),
  owned: (_world, harness, plan) => {
    plan.workload = { ...plan.workload, source: 'canary' };
    return harness.offer(offerFor(plan));
  },
  superseded: async (world, harness, plan) => {
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.route.canary === 20);
    await harness.offer(offerFor(plan, 'reviews:v3'));
    world.stuck.clear();
  },
  held: async (world, harness, plan) => {
    world.verdicts = ['pass', 'pass', 'pass', 'canaryLost'];
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.state === 'needs-you');
    await harness.answer(plan);
  },
  gates: async (world, harness, plan) => {
    plan.approvals = [{ before: 40, from: [], count: 1, notInitiator: true, expiresMs: 1_000, onExpiry: 'proceed' }];
    plan.windows = [{ for: ['start'], days: ['mon'], from: '09:00', to: '17:00', zone: 'Europe/Berlin' }];
    world.windows = [{ open: false, reason: 'outside its hours', untilMs: Date.now() + 500 }];
    await harness.offer(offerFor(plan));
  },
  compared: async (world, harness, plan) => {
    const compare = { options: {}, tickMs: 10, deadlineMs: 3_600_000, onInconclusive: 'hold', minRequests: 1 } as const;
    plan.analysis = { ...plan.analysis, compare };
    world.comparisons = [{ verdict: 'continue', reason: 'not-proven' }, {}, { verdict: 'abort' }];
    await harness.offer(offerFor(plan));
  },
  'primary-stuck': async (world, harness, plan) => {
    world.ready.set('primary', [{ ready: false, replicas: 1, sentence: '1 of 3 pods are ready' }]);
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.state === 'needs-you');
    await harness.answer(plan);
  },
  'drift-restored': async (world, harness, plan) => {
    plan.traffic = { ...plan.traffic, onDrift: 'restore' };
    world.foreignChange.push('VirtualService demo/reviews has primary 50 %, canary 50 %');
    await harness.offer(offerFor(plan));
  },
  'foreign-route': async (world, harness, plan) => {
    world.foreignChange.push('VirtualService demo/reviews has primary 50 %, canary 50 %');
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.state === 'needs-you');
    await harness.act(plan, 'abort');
  },
  'refused-write': async (world, harness, plan) => {
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.route.canary === 20);
    world.failures.set('route', [
      ApplicationFailure.nonRetryable('403: a freeze'),
      ApplicationFailure.nonRetryable('409'),
    ]);
    await harness.act(plan, 'abort');
    world.stuck.clear();
  },
  webhook: async (world, harness, plan) => {
    world.notTaken = ['VirtualService demo/reviews has primary 70 %, canary 30 %, right after Sluice wrote others'];
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.state === 'needs-you');
    await harness.answer(plan);
  },
  'stepped-back': async (world, harness, plan) => {
    plan.shift = { weights: [60, 100], everyMs: 20, back: { weights: [40, 20], everyMs: 20 } };
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.canary === 60);
    await harness.act(plan, 'abort');
    world.stuck.clear();
  },
  'not-checked': async (world, harness, plan) => {
    const failure = () => ApplicationFailure.nonRetryable('the metrics cannot be read');
    await harness.offer(offerFor(plan));
    world.failures.set('checkInterval', [failure(), failure(), failure()]);
    await harness.until(plan, (view) => view.state === 'needs-you');
    await harness.answer(plan);
  },
  repaired: async (world, harness, plan) => {
    world.primary = 'new';
    world.detection = left();
    await harness.offer(repairOf(plan));
  },
};
