/** The ways through the checklist whose every activity is killed once before and once after its effect. */
import assert from 'node:assert/strict';
import { type StepName, stepNumber } from '../../../src/contract/steps.ts';
import { kubectl } from '../../support/lab/cluster.ts';
import type { Bed } from '../bed.ts';
import { type Finding, NothingShown } from '../row.ts';
import { holdUpgrade, lateWriteRefused } from './late-upgrade.ts';
import type { Way } from './pairs.ts';
import { AUTOSCALED, atRest, beginUntil, STEPS_THAT_LAST, withEveryStep } from './steps.ts';
import { deliveryOf, promoted, ROUTE_WRITES, routed, seconds, WHOLE_WAY } from './support.ts';

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

/** From the step with the longest way back, 14: the primary is touched and cannot come up, users are on the canary. */
const ABORT: Way = {
  prefix: 'A14',
  what: 'of an abort while the upgraded primary cannot come up',
  needs: () => ({}),
  run: async (bed, failpoint) => {
    await bed.deliver('reviews:v2', deliveryOf(bed));
    await bed.untilWeight(100);
    await kubectl('-n', bed.namespace, 'create', 'quota', 'no-more-pods', '--hard=pods=1');
    await bed.until(({ steps }) => steps[13]?.state === 'running', 'the primary is upgraded');
    await bed.untilRuns('awaitReady');
    if (failpoint) {
      bed.sluice.workers[0]?.kill('SIGKILL');
      await bed.startFailing(failpoint);
    }
    const from = Date.now();
    const abort = bed.act('abort');
    await kubectl('-n', bed.namespace, 'delete', 'quota', 'no-more-pods');
    if (failpoint) await takenOver(bed, deathOnTheWay(bed));
    await abort;
    return { ...(await aborted(bed, from)), from };
  },
};

/** From step 14 again: nobody knows whether the primary is touched, and the write may still come. */
const ABORT_BEFORE_ANSWER: Way = {
  prefix: 'A14late',
  what: 'of an abort while the upgrade of the primary is on its way',
  // a worker that only starts after it would make the upgrade once more before it hears of the abort
  needs: (failpoint) => ({ failpoint }),
  earlier: { route: ROUTE_WRITES.all },
  run: async (bed, failpoint) => {
    await bed.deliver('reviews:v2', deliveryOf(bed));
    const held = await holdUpgrade(bed);
    const from = Date.now();
    const abort = bed.act('abort');
    if (failpoint) await takenOver(bed, deathOnTheWay(bed));
    await abort;
    const finding = await aborted(bed, from);
    held.open();
    await lateWriteRefused(bed);
    await atRest(bed, 'reviews:v1');
    return { ...finding, from };
  },
};

/** From any other step; once users go back to the new primary it is refused, and the rollout ends promoted. */
function abortAt(step: StepName): Way {
  const number = stepNumber(step);
  return {
    prefix: `A${number}`,
    what: `of an abort at step ${number}`,
    app: AUTOSCALED,
    needs: () => ({}),
    run: async (bed, failpoint) => {
      withEveryStep(bed);
      await beginUntil(bed, step, deliveryOf(bed));
      return abortAndKill(bed, failpoint);
    },
  };
}

const ABORTS = STEPS_THAT_LAST.map((step) => (step === 'upgrade-primary' ? ABORT : abortAt(step)));

export const WAYS: Way[] = [PROMOTION, ...ABORTS, ABORT_BEFORE_ANSWER];

/** The worker is killed, somebody aborts, and the next worker goes the way that follows; with a fail point it dies on it. */
async function abortAndKill(bed: Bed, failpoint: string | undefined): Promise<Finding & { from: number }> {
  bed.sluice.workers[0]?.kill('SIGKILL');
  const from = Date.now();
  const abort = bed.act('abort');
  if (failpoint) {
    await bed.startFailing(failpoint);
    await takenOver(bed, deathOnTheWay(bed));
  } else await bed.startWorker();
  const { accepted, message } = await abort;
  if (accepted) return { ...(await aborted(bed, from)), from };
  const { outcome } = await bed.result();
  assert.equal(outcome?.kind, 'promoted', message);
  await atRest(bed, 'reviews:v2');
  return { outcome: 'refused, promoted', from };
}

async function aborted(bed: Bed, from: number): Promise<Finding> {
  const { outcome } = await bed.result();
  assert.equal(outcome?.kind, 'aborted', outcome?.reason);
  await atRest(bed, 'reviews:v1');
  return { outcome: `aborted at step ${outcome?.step}`, safeAfterS: seconds(from, await bed.usersBack(from)) };
}

/** The worker dies at its fail point and another one starts. @returns seconds until that one takes work */
async function takenOver(bed: Bed, death = bed.died()): Promise<number> {
  const died = await death;
  await bed.startWorker();
  return seconds(died);
}

/** A way back that was quick may not need the activity any more. @throws NothingShown */
function deathOnTheWay(bed: Bed): Promise<number> {
  const end = bed.result().then((): never => {
    throw new NothingShown('it ended without a call at the fail point');
  });
  return Promise.race([bed.died(), end]);
}
