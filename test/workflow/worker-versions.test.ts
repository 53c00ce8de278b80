/** Which build of the workers takes what, on a real server. Only this file uses the worker deployment of the tier's namespace. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { makeCurrent } from '../../src/cli/temporal/current-version.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { buildsOf } from '../../src/worker/versions.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type Harness, startHarness, temporalAddress } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const running: Harness[] = [];

afterAll(async () => {
  await Promise.all(running.map((harness) => harness.close()));
});

/** Workers that pin, of one cluster, each of its own build. */
async function pinned(buildId: string, cluster?: string) {
  const world = new FakeWorld();
  const harness = await startHarness(world, { cluster, versioning: { buildId, behaviour: 'pinned' } });
  running.push(harness);
  await makeCurrent(harness.client, buildId);
  return { world, harness };
}

/** The command line at the tier's server. */
function sluice(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, TEMPORAL_ADDRESS: temporalAddress() },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { ended, said: () => stderr };
}

/** Build of the workers that the target's newest run is pinned to. */
async function buildOf({ client, handle }: Harness, plan: Plan): Promise<string | undefined> {
  const { workflowExecutionInfo: info } = await client.workflowService.describeWorkflowExecution({
    namespace: client.options.namespace,
    execution: { workflowId: handle(plan).workflowId },
  });
  return info?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
}

test('a pinned rollout stays with its build in a new run, and the next rollout takes the current one', async () => {
  const first = await pinned('1');
  const { harness } = first;
  const plan = planFor('pinned', { mirror: undefined, onNewRevision: 'queue' });
  first.world.stuck.add('checkInterval live');
  await harness.offer(offerFor(plan));
  await harness.until(plan, ({ route }) => route.canary === 20);
  const runId = async () => (await harness.handle(plan).describe()).runId;
  const begun = await runId();

  const second = await pinned('2', harness.cluster);
  await harness.act(plan, 'pause');
  first.world.bulk = 150_000;
  first.world.stuck.clear();
  await expect.poll(runId, { timeout: 60_000 }).not.toBe(begun);
  first.world.bulk = 0;
  await harness.act(plan, 'resume');
  await harness.until(plan, ({ route }) => route.canary === 40);
  expect(await buildOf(harness, plan)).toBe('1');
  expect(second.world.names()).toEqual([]);
  const { workflowId } = harness.handle(plan);
  expect(await buildsOf(harness.client)).toMatchObject([
    { build: '1', current: false, pinned: [workflowId] },
    { build: '2', current: true, pinned: [] },
  ]);
  first.world.stuck.add('checkInterval live');
  const drain = sluice('workers', '--drain', '1', '-o', 'json');
  await expect.poll(() => drain.said(), { timeout: 20_000 }).toContain(`pinned to it: ${workflowId}`);
  first.world.stuck.clear();

  expect(await harness.offer(offerFor(plan, 'reviews:v3'))).toMatchObject({ status: 'queued' });
  const ended = await harness.handle(plan).result();
  expect(ended).toMatchObject({ outcome: { kind: 'promoted' } });
  expect(await buildOf(harness, plan)).toBe('2');
  expect(second.world.names()).toContain('detect');
  expect(await drain.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('"drained": true') });
  expect(await sluice('workers', '--drain', '2').ended).toMatchObject({ code: 9 });
  expect(await sluice('workers', '--drain', '3').ended).toMatchObject({ code: 5 });
});
