import { beforeAll, describe, expect, test } from 'vitest';
import type { RolloutView } from '../../../src/contract/view.ts';
import { productWrites } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { intervalsOf, type PastInterval } from '../support/intervals.ts';

interface Trace {
  view: RolloutView;
  writes: string[];
  failed: number;
  sent: number;
  intervals: PastInterval[];
}

let beforeIt: Promise<unknown> = Promise.resolve();

/** One service with its worker after the other, as four of them starting at once would keep two processors busy for seconds. */
function prepare(): Promise<[Reviews, ClusterSluice]> {
  const prepared = beforeIt.then(
    async (): Promise<[Reviews, ClusterSluice]> => [
      await Reviews.create('kill', { autoscaler: { min: 2, max: 4 } }),
      await ClusterSluice.start(),
    ],
  );
  beforeIt = prepared.catch(() => undefined);
  return prepared;
}

/** One whole rollout under steady users; `disturb` gets a moment of its own. */
async function rollOut(
  disturb?: (sluice: ClusterSluice, plan: ReturnType<Reviews['plan']>) => Promise<void>,
): Promise<Trace> {
  const [app, sluice] = await prepare();
  try {
    const plan = app.plan({ shift: { weights: [20, 40, 100], everyMs: 3_000 } });
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2-ready-after-3s');
    await disturb?.(sluice, plan);
    const view = await sluice.result(plan);
    const { total, failed } = await prober.stop();
    return {
      view,
      writes: await productWrites(app.namespace),
      failed,
      sent: total,
      intervals: await intervalsOf(sluice, plan),
    };
  } finally {
    await sluice.stop();
    await app.remove();
  }
}

async function killAndRestart(sluice: ClusterSluice): Promise<void> {
  const [worker] = sluice.workers.slice(-1);
  worker?.kill('SIGKILL');
  await new Promise((resolve) => worker?.once('exit', resolve));
  await sluice.startWorker();
}

describe('SIGKILL of the only worker', () => {
  // The four rollouts wait most of the time, so they run side by side.
  let undisturbed: Promise<Trace>;

  beforeAll(() => {
    undisturbed = rollOut();
    undisturbed.catch(() => undefined);
  });

  const places = {
    'in the mirror': (view: RolloutView) => view.route.mirror === 100,
    'at weight 40': (view: RolloutView) => view.route.canary === 40,
    'while the primary is upgraded': (view: RolloutView) =>
      view.steps[13]?.state === 'running' && view.route.canary === 100,
  };

  async function unnoticed(place: keyof typeof places): Promise<void> {
    const trace = await rollOut(async (sluice, plan) => {
      await sluice.until(plan, places[place], 'the place to kill at');
      await new Promise((resolve) => setTimeout(resolve, 700));
      await killAndRestart(sluice);
    });
    const calm = await undisturbed;
    console.info(`killed ${place}: ${trace.sent} user requests, ${trace.failed} failed`);
    expect(calm.view.outcome?.kind).toBe('promoted');
    expect(trace.view.outcome?.kind).toBe('promoted');
    expect([calm.failed, trace.failed]).toEqual([0, 0]);
    expect(trace.writes).toEqual(calm.writes);
    expect(stages(trace)).toEqual(stages(calm));
    for (const [index, ms] of lengths(trace).entries()) {
      expect(Math.abs(ms - (lengths(calm)[index] ?? 0)), `interval ${index}`).toBeLessThan(1_500);
    }
  }

  test.concurrent('at weight 40 changes neither the writes nor the pace, and no user notices', () =>
    unnoticed('at weight 40'));
  test.concurrent.each(['in the mirror', 'while the primary is upgraded'] as const)(
    '%s changes neither the writes nor the pace, and no user notices',
    { tags: ['repeat'] },
    unnoticed,
  );
});

/** Two of the mirror and one of each weight; what follows is the guard, which ends with what it guards. */
const COUNTED = 5;

function stages({ view }: Trace): string[] {
  return view.intervals.slice(0, COUNTED).map(({ stage }) => stage);
}

function lengths({ intervals }: Trace): number[] {
  return intervals.slice(0, COUNTED).map(({ ms }) => ms);
}
