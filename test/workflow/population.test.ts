/** Two hundred rollouts, one of them forgotten: what it costs to count them all. */
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { population } from '../../src/audit/population.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type Harness, startHarness, temporalAddress } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';

const PLANS = Array.from({ length: 10 }, (_, at) => planFor(`counted-${at}`));
const EACH = 20;

/** Every plan has a number of its own. */
class Worlds extends FakeWorld {
  private readonly epochs = new Map<string, number>();

  override cluster() {
    const cluster = super.cluster();
    const detect: typeof cluster.detect = async (input) => {
      const { workflowId = '' } = Context.current().info.workflowExecution ?? {};
      const epoch = (this.epochs.get(workflowId) ?? 0) + 1;
      this.epochs.set(workflowId, epoch);
      return { ...(await cluster.detect(input)), epoch } as Awaited<ReturnType<typeof cluster.detect>>;
    };
    return { ...cluster, detect };
  }
}

let harness: Harness;
beforeAll(async () => {
  const world = new Worlds();
  world.acceptancePasses = false;
  harness = await startHarness(world);
});
afterAll(() => harness.close());

test('200 rollouts are counted, and the forgotten one is named', { tags: ['repeat'], timeout: 1_800_000 }, async () => {
  await Promise.all(
    PLANS.map(async (plan) => {
      for (let rollout = 1; rollout <= EACH; rollout += 1) {
        await harness.offer(offerFor(plan, `reviews:v${rollout + 1}`));
        await harness.handle(plan).result();
      }
    }),
  );
  const requests = new Map<string, number>();
  const counted = await Connection.connect({
    address: temporalAddress(),
    interceptors: [
      (options, nextCall) => {
        const name = options.method_definition.path.split('/').at(-1) ?? '';
        requests.set(name, (requests.get(name) ?? 0) + 1);
        return nextCall(options) as never;
      },
    ],
  });
  const client = new Client({ connection: counted });
  const query = { cluster: harness.cluster, since: '2026-01-01', until: '2999-01-01' };
  const rows = async () => (await population(client, query)).filter(({ outcome }) => outcome === 'failed');
  // the list of Temporal lags behind
  await expect.poll(async () => (await rows()).length, { timeout: 120_000 }).toBe(PLANS.length * EACH);

  const [plan] = PLANS;
  const handle = harness.client.workflow.getHandle(`rollout/${harness.cluster}/demo/${plan?.name}`);
  const runs: string[] = [];
  const list = harness.client.workflow.list({
    query: `WorkflowId = '${handle.workflowId}' AND SluiceRollout = '${plan?.name}-7'`,
  });
  for await (const { runId } of list) runs.push(runId);
  const workflowExecution = { workflowId: handle.workflowId, runId: runs[0] };
  await harness.client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  await expect.poll(async () => (await rows()).length, { timeout: 120_000 }).toBe(PLANS.length * EACH - 1);
  requests.clear();
  const began = Date.now();
  const all = await population(client, query);
  const [took, asked] = [Date.now() - began, [...requests].map(([name, times]) => `${name} ${times}`).join(', ')];
  console.log(`${all.length} rollouts in ${took} ms; requests: ${asked}`);
  expect(all.filter(({ missing }) => missing).map(({ rollout }) => rollout)).toEqual(['counted-0-7']);
  const total = [...requests.values()].reduce((sum, times) => sum + times, 0);
  expect(total).toBeLessThanOrEqual(PLANS.length * EACH + 5);
  await counted.close();
});
