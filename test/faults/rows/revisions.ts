/** G4 and G10: a newer revision, and the old one again, while a rollout is on its way. */
import assert from 'node:assert/strict';
import type { RolloutView } from '../../../src/contract/view.ts';
import { kubectl } from '../../support/lab/cluster.ts';
import type { Bed } from '../bed.ts';
import { runsOf } from '../history.ts';
import type { FaultRow } from '../row.ts';
import { promoted, seconds } from './support.ts';

async function lastRun({ sluice, plan }: Bed): Promise<RolloutView | undefined> {
  return (await runsOf(sluice.client, sluice.handle(plan).workflowId)).at(-1)?.view;
}

const F66: FaultRow = {
  id: 'F66',
  what: 'a second new revision in mid-rollout',
  how: 'reviews:v3 is delivered at 50 % of reviews:v2',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    const delivered = Date.now();
    const { status } = await bed.deliver('reviews:v3');
    const safeAfterS = seconds(delivered, await bed.usersBack(delivered));
    await bed.result();
    const view = await lastRun(bed);
    assert.equal(view?.outcome?.kind, 'promoted');
    assert.match(view?.revision?.image ?? '', /reviews:v3$/);
    return { outcome: `${status}: users back, then v3 promoted`, safeAfterS };
  },
};

const F67: FaultRow = {
  id: 'F67',
  what: 'back to the old image in mid-rollout',
  how: 'reviews:v1, which the primary runs, is delivered at 50 % of reviews:v2',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    const delivered = Date.now();
    const { status } = await bed.deliver('reviews:v1');
    const safeAfterS = seconds(delivered, await bed.usersBack(delivered));
    await bed.result();
    const primary = await bed.app.replicas('reviews-v1');
    assert.equal(primary.spec.template.spec.containers[0]?.image, 'reviews:v1');
    assert.equal((await bed.app.replicas('reviews-v2')).spec.replicas, 0);
    return { outcome: `${status}: users back, canary at zero`, safeAfterS };
  },
};

const F68: FaultRow = {
  id: 'F68',
  what: 'a ConfigMap that the revision uses changes in mid-rollout',
  how: "kubectl patch at 50 % of what the pods' environment comes from; people accept it",
  run: async (bed) => {
    const kube = (...args: string[]) => kubectl('-n', bed.namespace, ...args);
    await kube('create', 'configmap', 'settings', '--from-literal=COLOUR=blue');
    await kube('set', 'env', 'deployment/reviews-v1', '--from=configmap/settings');
    await kube('rollout', 'status', 'deployment/reviews-v1', '--timeout=60s');
    await bed.deliver();
    await bed.untilWeight(50);
    await kube('patch', 'configmap', 'settings', '--type=merge', '-p', '{"data":{"COLOUR":"green"}}');
    const { needsYou } = await bed.untilHeld();
    assert.match(needsYou?.reason ?? '', /^ConfigMap settings in \S+ changed since the rollout began/);
    await bed.sluice.answer(bed.plan, 'overwrite');
    await promoted(bed);
    return { outcome: `held: ${needsYou?.reason.slice(0, 80)}…; promoted by an answer` };
  },
};

const F124: FaultRow = {
  id: 'F124',
  what: 'the plan is edited during a rollout',
  how: 'the plan of the delivering side gets other weights at 50 %; the rollout keeps its snapshot',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    bed.plan.shift.weights = [10, 20, 30, 100];
    const view = await promoted(bed);
    assert.deepEqual(view.weights, [50, 100]);
    return { outcome: 'promoted by its snapshot' };
  },
};

export const REVISION_ROWS: FaultRow[] = [F66, F67, F68, F124];
