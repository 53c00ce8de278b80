/** The ways through the checklist whose every activity is killed once before and once after its effect. */
import assert from 'node:assert/strict';
import { type StepName, stepNumber } from '../../../src/rollout/steps.ts';
import { kubectl } from '../../lab/support/cluster.ts';
import type { Bed } from '../bed.ts';
import type { Way } from './pairs.ts';
import { atRest, reaches } from './steps.ts';
import { deliveryOf, promoted, routed, seconds, WHOLE_WAY } from './support.ts';

const PROMOTION: Way = {
  prefix: 'P',
  what: 'of a whole rollout',
  needs: (failpoint) => ({ failpoint }),
  run: async (bed, failpoint) => {
    const from = Date.now();
    await bed.deliver('reviews:v2', deliveryOf(bed));
    const safeAfterS = failpoint && (await takenOver(bed));
    await bed.until(() => true, 'the rollout has begun');
    await promoted(bed);
    assert.deepEqual(routed(bed), WHOLE_WAY);
    return { outcome: 'promoted', safeAfterS: safeAfterS || undefined, from };
  },
};

/** From the place with the longest way back: the primary is touched and cannot come up, users are on the canary. */
const ABORT: Way = {
  prefix: 'A',
  what: 'of an abort while the primary is upgraded',
  needs: () => ({}),
  run: async (bed, failpoint) => {
    await bed.deliver('reviews:v2', deliveryOf(bed));
    await bed.untilWeight(100);
    await kubectl('-n', bed.namespace, 'create', 'quota', 'no-more-pods', '--hard=pods=1');
    await bed.until(({ steps }) => steps[13]?.state === 'running', 'the primary is upgraded');
    if (failpoint) {
      bed.sluice.workers[0]?.kill('SIGKILL');
      await bed.startFailing(failpoint);
    }
    const from = Date.now();
    const abort = bed.act('abort');
    await kubectl('-n', bed.namespace, 'delete', 'quota', 'no-more-pods');
    if (failpoint) await takenOver(bed);
    await abort;
    const { outcome } = await bed.result();
    assert.equal(outcome?.kind, 'aborted');
    const primary = await bed.app.replicas('reviews-v1');
    assert.equal(primary.spec.template.spec.containers[0]?.image, 'reviews:v1');
    return { outcome: 'aborted, primary restored', safeAfterS: seconds(from, await bed.usersBack(from)), from };
  },
};

/** One of each kind of way back: from tests, from the mirror, from a weight, from a primary that runs the revision already. */
const ABORTED_AT: StepName[] = ['probe-canary', 'check', 'shift', 'probe-primary'];

function abortAt(step: StepName): Way {
  const number = stepNumber(step);
  return {
    prefix: `A${number}`,
    what: `of an abort at step ${number}`,
    needs: () => ({}),
    run: async (bed, failpoint) => {
      await bed.deliver('reviews:v2', deliveryOf(bed));
      await reaches(bed, step);
      if (failpoint) bed.sluice.workers[0]?.kill('SIGKILL');
      const from = Date.now();
      const abort = bed.act('abort');
      if (failpoint) {
        await bed.startFailing(failpoint);
        await takenOver(bed);
      }
      await abort;
      const { outcome } = await bed.result();
      assert.equal(outcome?.kind, 'aborted', outcome?.reason);
      await atRest(bed, 'reviews:v1');
      return {
        outcome: `aborted at step ${outcome?.step}`,
        safeAfterS: seconds(from, await bed.usersBack(from)),
        from,
      };
    },
  };
}

export const WAYS: Way[] = [PROMOTION, ABORT, ...ABORTED_AT.map(abortAt)];

/** The worker dies at its fail point and another one starts. @returns seconds until that one takes work */
async function takenOver(bed: Bed): Promise<number> {
  const died = await bed.died();
  await bed.startWorker();
  return seconds(died);
}
