/**
 * Records the histories that later versions must replay: `npm run test:record` while a lab or Temporal server is at
 * TEMPORAL_ADDRESS. To be run for each release and for each new scenario; a recorded file is never changed, so scenarios that this
 * version has recorded are left out.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import packageJson from '../../package.json' with { type: 'json' };
import type { Plan } from '../../src/contract/plan.ts';
import { planFor } from '../support/plan.ts';
import { type Harness, startHarness } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';
import { OTHERS } from './others.ts';
import { ROLLOUTS, type Scenario } from './rollouts.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HISTORIES = join(ROOT, 'test', 'histories');

type History = Parameters<typeof historyToJSON>[0];

for (const [name, scenario] of Object.entries(ROLLOUTS)) await record(name, () => rolloutOf(name, scenario));
for (const [name, scenario] of Object.entries(OTHERS)) await record(name, scenario);

async function rolloutOf(name: string, scenario: Scenario): Promise<History> {
  const world = new FakeWorld();
  const harness = await startHarness(world);
  const plan = planFor(name);
  await scenario(world, harness, plan);
  await harness.handle(plan).result();
  const first = await firstRun(harness, plan);
  const history = await harness.client.workflow.getHandle(harness.handle(plan).workflowId, first).fetchHistory();
  await harness.close();
  return history;
}

/** A superseded rollout ends in a run of its own; the history to keep is the first one's. */
async function firstRun(harness: Harness, plan: Plan): Promise<string> {
  const runs = [];
  const { workflowId } = harness.handle(plan);
  for await (const run of harness.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  return runs[0]?.runId as string;
}

async function record(name: string, scenario: () => Promise<History>): Promise<void> {
  const file = join(HISTORIES, `v${packageJson.version}-${name}.json`);
  if (existsSync(file)) return;
  const history = await scenario();
  // where this checkout stands is nobody's concern
  const text = historyToJSON(history).replaceAll(`${ROOT}/`, '');
  writeFileSync(file, `${JSON.stringify(JSON.parse(text))}\n`);
  console.log(`${file}: ${history.events?.length} events`);
}
