/** An abort, and a newer revision, at every step of the checklist. */
import assert from 'node:assert/strict';
import { STEPS, type StepName } from '../../../src/contract/steps.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import type { ReviewsOptions } from '../../support/lab/reviews.ts';
import type { Bed } from '../bed.ts';
import { runsOf } from '../history.ts';
import type { FaultRow } from '../row.ts';
import { seconds } from './support.ts';

/** Gates are over in the same moment as the step before them, and the report comes after everything. */
export const STEPS_THAT_LAST: StepName[] = STEPS.map(({ name }) => name).filter(
  (name) => !/-gate$|^report$/.test(name),
);

/** An application on which every step has something to do. */
export const AUTOSCALED: ReviewsOptions = { autoscaler: { min: 2, max: 4 } };

/** A rollout with every step in it. */
export function withEveryStep(bed: Bed): void {
  const { plan } = bed;
  plan.load = {
    requestsPerSecond: 20,
    durationMs: 1_000,
    path: '/',
    method: 'GET',
    headers: {},
    expect: { successRate: 99 },
  };
  plan.scale.canary.autoscaler = { min: 1, max: 4 };
}

/** Delivers and resolves when the step runs, or was over before anybody could see it. */
export async function beginUntil(bed: Bed, step: StepName, delivery?: string): Promise<void> {
  // over in an instant, and answered at its end
  const detecting = step === 'detect';
  if (detecting) bed.breakKube({ match: (method) => method === 'GET', fault: { kind: 'delay', ms: 1_500 } });
  const delivered = bed.deliver('reviews:v2', delivery);
  if (detecting) delivered.catch(() => undefined);
  else await delivered;
  await bed.until(({ steps }) => steps.find(({ name }) => name === step)?.state !== 'pending', `step ${step}`);
}

function abortAt(step: StepName): FaultRow {
  return {
    id: `S:abort:${step}`,
    what: `abort at ${step}`,
    how: 'as soon as the step is seen to run',
    app: AUTOSCALED,
    run: async (bed) => {
      withEveryStep(bed);
      await beginUntil(bed, step);
      const asked = Date.now();
      const { accepted, message } = await bed.act('abort');
      const { outcome } = await bed.result();
      if (!accepted) {
        assert.equal(outcome?.kind, 'promoted', message);
        return { outcome: `refused (${message.slice(0, 60)}…); promoted` };
      }
      assert.equal(outcome?.kind, 'aborted', outcome?.reason);
      await atRest(bed, 'reviews:v1');
      return { outcome: `aborted at step ${outcome?.step}`, safeAfterS: seconds(asked, await bed.usersBack(asked)) };
    },
  };
}

function supersedeAt(step: StepName): FaultRow {
  return {
    id: `S:supersede:${step}`,
    what: `a newer revision at ${step}`,
    how: 'reviews:v3 is delivered as soon as the step is seen to run',
    app: AUTOSCALED,
    limitS: 200,
    run: async (bed) => {
      withEveryStep(bed);
      await beginUntil(bed, step);
      const { status } = await bed.deliver('reviews:v3');
      await bed.result();
      const views = await endedRuns(bed);
      const last = views.at(-1);
      assert.equal(last?.outcome?.kind, 'promoted', last?.outcome?.reason);
      assert.match(last?.revision?.image ?? '', /reviews:v3$/);
      await atRest(bed, 'reviews:v3');
      return { outcome: `${status}; ${views.map(({ outcome }) => outcome?.kind).join(', ')}` };
    },
  };
}

async function endedRuns({ sluice, plan }: Bed): Promise<RolloutView[]> {
  const runs = await runsOf(sluice.client, sluice.handle(plan).workflowId);
  return runs.flatMap(({ view }) => view ?? []);
}

/** Nothing on the canary, and the primary runs this image, by whichever digest. */
export async function atRest(bed: Bed, image: string): Promise<void> {
  const [primary, canary, weights] = await Promise.all([
    bed.app.replicas('reviews-v1'),
    bed.app.replicas('reviews-v2').catch(() => undefined),
    bed.app.weights(),
  ]);
  assert.equal(primary.spec.template.spec.containers[0]?.image.split('@')[0], image);
  assert.equal(canary?.spec.replicas ?? 0, 0);
  assert.deepEqual(weights, { primary: 100, canary: 0, mirror: 0 });
}

export const STEP_ROWS: FaultRow[] = [...STEPS_THAT_LAST.map(abortAt), ...STEPS_THAT_LAST.map(supersedeAt)];
