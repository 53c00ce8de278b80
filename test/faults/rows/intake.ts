/** G1: the server that takes deploy events. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { SENDER } from '../../../lab/story/index.ts';
import { deliveryWorkflowId } from '../../../src/contract/ids.ts';
import { eventually, lab } from '../../support/lab/cluster.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import type { Bed } from '../bed.ts';
import { runsOf } from '../history.ts';
import type { FaultRow } from '../row.ts';
import { startPlanServer } from '../tools/plan-server.ts';
import { promoted } from './support.ts';

const F12: FaultRow = {
  id: 'F12',
  what: 'intake killed after the start, before its HTTP answer',
  how: 'what Temporal answers to the server is held back; SIGKILL when the delivery is there; the sender tries again',
  run: async (bed) => {
    const secret = newSecret();
    const line = await TcpProxy.open(lab.temporal);
    const id = randomUUID();
    const first = await startPlanServer(bed, { secret, temporal: line.address });
    line.swallowAnswers();
    const lost = first.send(id).catch(() => 'lost');
    await eventually(() => known(bed, id), 'the delivery has arrived');
    first.kill();
    assert.equal(await lost, 'lost');
    line.close();
    const second = await startPlanServer(bed, { secret });
    const answer = await second.send(id);
    second.kill();
    await promoted(bed);
    const runs = await runsOf(bed.sluice.client, bed.sluice.handle(bed.plan).workflowId);
    assert.equal(runs.length, 1, `${runs.length} rollouts of one event`);
    return { outcome: `one rollout; the sender's retry was answered ${answer}` };
  },
};

async function known(bed: Bed, id: string): Promise<true | undefined> {
  const handle = bed.sluice.client.workflow.getHandle(deliveryWorkflowId(`${SENDER}/${id}`, bed.plan));
  return handle.describe().then(
    () => true as const,
    () => undefined,
  );
}

const F125: FaultRow = {
  id: 'F125',
  what: 'the plan is deleted during a rollout',
  how: "its file is taken from the server's folder at 50 %",
  run: async (bed) => {
    const server = await startPlanServer(bed, { secret: newSecret() });
    await server.send(randomUUID());
    await bed.untilWeight(50);
    server.forgetPlan();
    await promoted(bed);
    const again = await server.send(randomUUID());
    server.kill();
    return { outcome: `promoted by its snapshot; the next event of the plan was answered ${again}` };
  },
};

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

export const INTAKE_ROWS: FaultRow[] = [F12, F125];
