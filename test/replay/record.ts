/**
 * Records the histories that later versions must replay: `npm run test:record` while a lab or Temporal server is at
 * TEMPORAL_ADDRESS. To be run once for each release; a recorded file is never changed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import packageJson from '../../package.json' with { type: 'json' };
import type { Plan } from '../../src/rollout/plan.ts';
import { type Harness, startHarness } from '../workflow/support/harness.ts';
import { offerFor, planFor } from '../workflow/support/plan.ts';
import { World } from '../workflow/support/world.ts';

const HISTORIES = join(import.meta.dirname, '..', 'histories');

type Scenario = (world: World, harness: Harness, plan: Plan) => Promise<unknown>;

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
    await harness.act(plan, 'resume');
  },
};

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  const world = new World();
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
  const file = join(HISTORIES, `v${packageJson.version}-${name}.json`);
  writeFileSync(file, `${JSON.stringify(JSON.parse(historyToJSON(history)))}\n`);
  console.log(`${file}: ${history.events?.length} events`);
}
