/** G4: pods and their numbers, in other hands. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { apply, getJson, kubectl } from '../../support/lab/cluster.ts';
import type { Bed } from '../bed.ts';
import type { FaultRow } from '../row.ts';
import { promoted, seconds } from './support.ts';

const F51: FaultRow = {
  id: 'F51',
  what: 'no rule of the route leads to the primary',
  how: 'the plan names a subset that the VirtualService does not have',
  run: async (bed) => {
    bed.plan.traffic.primary = { host: 'reviews', subset: 'v7' };
    const { status, problems = [], reason } = await bed.deliver();
    assert.equal(status, 'rejected', reason);
    await bed.result();
    return { outcome: `refused: ${problems[0]?.problem ?? reason}` };
  },
};

const F60: FaultRow = {
  id: 'F60',
  what: 'promotion: the primary is ready, then flaps',
  how: "the primary's programs say not ready for a second, two times, while it is upgraded",
  run: async (bed) => {
    await bed.deliver();
    await bed.until(({ steps }) => steps[13]?.state === 'running', 'the primary is upgraded');
    const started = Date.now();
    for (let times = 0; times < 2; times += 1) {
      await bed.app.behave('v1', { ready: false });
      await sleep(1_000);
      await bed.app.behave('v1', { reset: true });
      await sleep(500);
    }
    await promoted(bed);
    return { outcome: 'promoted when it was steady', safeAfterS: seconds(started) };
  },
};

const F61: FaultRow = {
  id: 'F61',
  what: 'the HPA scales the primary during a step',
  how: 'an HPA object, and kubectl scale to 4 in its place at 50 %',
  app: { autoscaler: { min: 2, max: 4 } },
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    await kubectl('-n', bed.namespace, 'scale', 'deployment/reviews-v1', '--replicas=4');
    await promoted(bed);
    const { spec } = await bed.app.replicas('reviews-v1');
    assert.equal(spec.replicas, 4, 'Sluice wrote replicas that the HPA owns');
    return { outcome: 'promoted at 4 replicas' };
  },
};

const F63: FaultRow = {
  id: 'F63',
  what: 'a node is drained',
  how: 'one of two canary pods is deleted at 50 %, as an eviction does',
  run: async (bed) => {
    bed.plan.scale.canary.replicas = 2;
    bed.plan.shift.everyMs = 4_000;
    await bed.deliver();
    await bed.untilWeight(50);
    const pods = await kubectl('-n', bed.namespace, 'get', 'pods', '-l', 'version=v2', '-o', 'name');
    const [first = ''] = pods.split('\n');
    await kubectl('-n', bed.namespace, 'delete', first, '--wait=false');
    const { failures } = await promoted(bed);
    assert.equal(failures.count, 0, 'missing capacity counted as a failure');
    return { outcome: 'promoted, no failed interval' };
  },
};

interface Deployment {
  metadata: { uid: string };
  spec: object;
}

const F65: FaultRow = {
  id: 'F65',
  what: 'the primary is deleted and made again (new UID)',
  how: 'kubectl delete and apply at 50 %',
  usersMayFail: 'its pods go with it',
  exempt: { I1: 'the fault takes the pods from under the users', I8: 'the object that carried the fence is gone' },
  run: async (bed) => {
    bed.plan.shift.everyMs = 4_000;
    const before = await getJson<Deployment & object>(bed.namespace, 'deployment', 'reviews-v1');
    await bed.deliver();
    await bed.untilWeight(50);
    await kubectl('-n', bed.namespace, 'delete', 'deployment', 'reviews-v1', '--cascade=background');
    const metadata = { name: 'reviews-v1', namespace: bed.namespace };
    await apply([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: before.spec }]);
    const replaced = Date.now();
    const view = await bed.until(
      ({ needsYou, state }) => needsYou !== undefined || state === 'ended',
      'it ends or asks',
    );
    const safeAfterS = seconds(replaced);
    if (!view.needsYou) return { outcome: `${view.outcome?.kind}: ${view.outcome?.reason}`, safeAfterS };
    await abort(bed);
    return { outcome: `held: ${view.needsYou.reason.slice(0, 100)}`, safeAfterS };
  },
};

async function abort(bed: Bed): Promise<void> {
  await bed.act('abort');
  await bed.result();
}

export const POD_ROWS: FaultRow[] = [F51, F60, F61, F63, F65];
