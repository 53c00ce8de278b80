/** A primary that does not come up, or is half upgraded when the canary is lost. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFailed } from '../../../lab/prober/record.ts';
import { kubectl } from '../../support/lab/cluster.ts';
import type { Bed } from '../bed.ts';
import type { FaultRow } from '../row.ts';
import { promoted, seconds } from './support.ts';

function noMorePods({ namespace }: Bed): Promise<string> {
  return kubectl('-n', namespace, 'create', 'quota', 'no-more-pods', '--hard=pods=1');
}

function podsAgain({ namespace }: Bed): Promise<string> {
  return kubectl('-n', namespace, 'delete', 'quota', 'no-more-pods');
}

async function strategy({ namespace }: Bed, type: 'RollingUpdate' | 'Recreate'): Promise<void> {
  const patch = [{ op: 'replace', path: '/spec/strategy', value: { type } }];
  await kubectl('-n', namespace, 'patch', 'deployment', 'reviews-v1', '--type=json', '-p', JSON.stringify(patch));
}

function stuck(type: 'RollingUpdate' | 'Recreate'): FaultRow {
  return {
    id: `S:primary:${type}`,
    what: `the primary cannot come up (${type}), a newer revision is pushed`,
    how: 'a quota lets no pod be made from 100 % on; reviews:v3 is delivered into the hold; the quota goes 5 s later',
    run: async (bed) => {
      await strategy(bed, type);
      bed.plan.scale.readyTimeoutMs = 6_000;
      await bed.deliver();
      await bed.untilWeight(100);
      await noMorePods(bed);
      await bed.untilHeld();
      const asked = Date.now();
      const { status } = await bed.deliver('reviews:v3');
      assert.equal(status, 'superseding');
      await sleep(5_000);
      await podsAgain(bed);
      const safeAfterS = seconds(asked, await bed.usersBack(asked));
      await promoted(bed);
      const primary = await bed.app.replicas('reviews-v1');
      assert.match(primary.spec.template.spec.containers[0]?.image ?? '', /^reviews:v3/);
      return { outcome: `held on the canary; v3 ${status}; restored; v3 promoted`, safeAfterS };
    },
  };
}

const HALF: FaultRow = {
  id: 'S:primary:half',
  what: 'every canary pod is lost while the primary is half upgraded (RollingUpdate)',
  how: 'a quota stops the upgrade, then kubectl deletes the canary pods without grace',
  usersMayFail: 'the pods that answered them died',
  exempt: { I1: 'the fault takes the pods from under the users', I4: 'I1 outranks it: the canary is lost' },
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(100);
    await bed.until(({ steps }) => steps[13]?.state === 'running', 'the primary is upgraded');
    await noMorePods(bed);
    const lost = Date.now();
    await kubectl('-n', bed.namespace, 'delete', 'pods', '-l', 'version=v2', '--grace-period=0', '--force');
    const safeAfterS = seconds(lost, await bed.usersBack(lost));
    await podsAgain(bed);
    const { outcome } = await bed.result();
    assert.equal(outcome?.kind, 'failed', outcome?.reason);
    const failed = bed.records().filter(isFailed);
    const from = Math.min(...failed.map(({ sentAt }) => sentAt));
    const to = Math.max(...failed.map(({ sentAt }) => sentAt));
    const gap = failed.length > 0 ? `${failed.length} unanswered within ${seconds(from, to)} s` : 'all answered';
    return { outcome: `users on the primary, then restored; ${gap}`, safeAfterS };
  },
};

export const PRIMARY_ROWS: FaultRow[] = [stuck('RollingUpdate'), stuck('Recreate'), HALF];
