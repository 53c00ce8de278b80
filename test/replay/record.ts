/**
 * Records the histories that later versions must replay: `npm run test:record` while a lab or Temporal server is at
 * TEMPORAL_ADDRESS. To be run for each release and for each new scenario; a recorded file is never changed, so scenarios that this
 * version has recorded are left out.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import packageJson from '../../package.json' with { type: 'json' };
import type { Plan } from '../../src/contract/plan.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type Harness, startHarness } from '../support/workflow/harness.ts';
import { left, repairOf } from '../support/workflow/repair.ts';
import { FakeWorld } from '../support/workflow/world.ts';

const HISTORIES = join(import.meta.dirname, '..', 'histories');

type Scenario = (world: FakeWorld, harness: Harness, plan: Plan) => Promise<unknown>;

const SCENARIOS: Record<string, Scenario> = {
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

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (existsSync(fileOf(name))) continue;
  const world = new FakeWorld();
  const harness = await startHarness(world);
  const plan = planFor(name);
  await scenario(world, harness, plan);
  await harness.handle(plan).result();
  const first = await firstRun(harness, plan);
  save(name, await harness.client.workflow.getHandle(harness.handle(plan).workflowId, first).fetchHistory());
  await harness.close();
}

/** A superseded rollout ends in a run of its own; the history to keep is the first one's. */
async function firstRun(harness: Harness, plan: Plan): Promise<string> {
  const runs = [];
  const { workflowId } = harness.handle(plan);
  for await (const run of harness.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  return runs[0]?.runId as string;
}

function save(name: string, history: Parameters<typeof historyToJSON>[0]): void {
  const file = fileOf(name);
  writeFileSync(file, `${JSON.stringify(JSON.parse(historyToJSON(history)))}\n`);
  console.log(`${file}: ${history.events?.length} events`);
}

function fileOf(name: string): string {
  return join(HISTORIES, `v${packageJson.version}-${name}.json`);
}
