/** A plan that is an object, and how its rollout stands, as people see it with kubectl; with the rights of deploy/features/plan-status.yaml. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { currentLab } from '../../../../lab/index.ts';
import { showStatus } from '../../../../src/activities/show-status.ts';
import type { RolloutView } from '../../../../src/contract/view.ts';
import { type ClusterConnection, connect } from '../../../../src/kubernetes/client/connect.ts';
import type { RunSnapshot } from '../../../../src/steering/index.ts';
import { apply, kubectl } from '../../../support/lab/cluster.ts';
import { EXAMPLE } from '../../../support/plan-text.ts';
import { needsYouView, promotedView, runningView } from '../../../support/views.ts';
import { type Bench, bindRole, closeBench } from '../support.ts';
import { openPlans, planRef } from './support.ts';

let bench: Bench;
let sluice: ClusterConnection;

beforeAll(async () => {
  bench = await openPlans();
  await bindRole(bench, 'sluice-plan-status');
  sluice = connect({ kubeconfig: currentLab().productKubeconfig });
});
afterAll(async () => {
  await sluice.close();
  await closeBench(bench);
});
beforeEach(async () => {
  const { client, namespace } = bench;
  await client.create(planRef(bench), { ...parse(EXAMPLE), metadata: { name: 'reviews', namespace } });
  return () => client.delete(planRef(bench));
});

const get = (...args: string[]) => kubectl('-n', bench.namespace, ...args);
const wait = (condition: string, timeout = '1s') =>
  get('wait', `--for=condition=${condition}`, 'rp/reviews', `--timeout=${timeout}`);

/** A worker shows how the rollout stands. @param generation that it began with */
async function stands(view: RolloutView, generation = 1): Promise<void> {
  const { namespace } = bench;
  const to = [{ channel: 'object' as const, address: `RolloutPlan ${namespace}/reviews` }];
  const about = { cluster: 'local', namespace, plan: 'reviews', to, notices: [], open: [] };
  const run: RunSnapshot = { runId: 'run', status: 'running', live: {} as RunSnapshot['live'], view };
  const told = await showStatus({ client: sluice, look: async () => run }, { ...about, object: { generation } });
  expect(told).toMatchObject({ refused: [], later: [], card: { shown: expect.any(String) } });
}

describe('the kind RolloutPlan', () => {
  it('is shown and explained, and kubectl refuses a key that it does not know', async () => {
    const { namespace } = bench;
    const [head, row] = (await kubectl('-n', namespace, 'get', 'rp')).split('\n');
    expect(head?.split(/ +/)).toEqual(['NAME', 'PRIMARY', 'STATE', 'ROLLOUT', 'READY', 'AGE']);
    expect(row).toMatch(/^reviews +reviews-v1 /);
    expect(await kubectl('explain', 'rolloutplan.spec.shift.every')).toContain('default: 1m');
    const { spec, ...rest } = { ...parse(EXAMPLE), metadata: { name: 'ratings', namespace } };
    const asked = apply([{ ...rest, spec: { ...spec, approvalz: [] } }]);
    await expect(asked).rejects.toThrow(/unknown field "(spec\.)?approvalz"/);
  });

  it('has a row that says how its rollout stands', async () => {
    const row = async () => (await get('get', 'rp', '--no-headers')).trim().split(/ {2,}/).slice(1, 5);
    await stands(runningView());
    expect(await row()).toEqual(['reviews-v1', expect.stringMatching(/^Running/), 'reviews-7', 'False']);
    await stands(promotedView());
    expect(await row()).toEqual(['reviews-v1', 'Promoted', 'reviews-7', 'True']);
  });

  it('is waited for by condition, and an older generation is not taken for this one', async () => {
    await stands(runningView());
    await wait('Reconciling');
    await expect(wait('Promoted')).rejects.toThrow(/timed out/);
    await stands(promotedView());
    for (const condition of ['Promoted', 'Ready', 'Reconciling=False', 'NeedsYou=False']) await wait(condition);
    await bench.client.patch(planRef(bench), [{ op: 'replace', path: '/spec/mirror/percent', value: 50 }]);
    await expect(wait('Promoted')).rejects.toThrow(/timed out/);
    await stands(promotedView(), 2);
    await wait('Promoted');
  });

  it('says in describe what it waits for, and stops those who wait for Ready', async () => {
    await stands(needsYouView());
    for (const condition of ['NeedsYou', 'Stalled']) await wait(condition);
    const told = await get('describe', 'rp', 'reviews');
    expect(told).toContain('Needs you: no answer from http://prometheus:9090 in 10 intervals');
    expect(told).toMatch(/Reason: +NeedsYou/);
  });

  it('has a status that kubectl explains', async () => {
    const fields = await kubectl('explain', 'rolloutplan.status');
    for (const field of ['conditions', 'state', 'rollout', 'sentence']) expect(fields).toContain(field);
  });
});
