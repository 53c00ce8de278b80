/**
 * The comparison of canary and primary on real traffic. `ROUNDS=5 OUTAGE_S=60` repeats all of it with outages of a minute and prints
 * outcome and seconds from the fault to the decision.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Prober } from '../../../lab/prober/index.ts';
import type { AnalysisPlan, ComparePlan } from '../../../src/contract/analysis.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { isFinished, type RolloutView } from '../../../src/contract/view.ts';
import { lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 1);
const OUTAGE_MS = 1_000 * Number(process.env.OUTAGE_S ?? 10);
const EVERY_MS = 3_000;
/**
 * Every answer takes this long. Programs that answer within a millisecond show in their answer times who got a busy processor first,
 * and the copies of a mirror come second.
 */
const PACE = 'slow20ms';
/** As its answers say. */
const PRIMARY = `v1-${PACE}`;
/** Scenes wait for each other, and outages last. */
const TIMEOUT_MS = 600_000 + 10 * OUTAGE_MS;

const COMPARE: ComparePlan = {
  options: { errors: {}, latency: { unit: 'ms' } },
  tickMs: 2_000,
  deadlineMs: 120_000,
  onInconclusive: 'hold',
  minRequests: 1_000,
};

let sluice: ClusterSluice;

beforeAll(async () => {
  sluice = await ClusterSluice.start();
});

afterAll(() => sluice?.stop());

interface Scene {
  app: Reviews;
  plan: Plan;
  users?: Prober;
}

/** More at once would keep two processors busy with starting pods, and make the users of other tests wait. */
const AT_ONCE = 3;
const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
let started = 0;

/** Runs `work` when the lane is free whose turn it is. */
function inLane<T>(work: () => Promise<T>): Promise<T> {
  const lane = started % AT_ONCE;
  started += 1;
  const mine = (lanes[lane] as Promise<unknown>).then(work);
  lanes[lane] = mine.catch(() => undefined);
  return mine;
}

/** A service with users, a plan that compares, and a clean end. */
function scene(
  label: string,
  analysis: Partial<AnalysisPlan>,
  work: (scene: Scene) => Promise<RolloutView>,
  { rate = 100 } = {},
): Promise<void> {
  return inLane(() => play(label, analysis, work, rate));
}

async function play(
  label: string,
  analysis: Partial<AnalysisPlan>,
  work: (scene: Scene) => Promise<RolloutView>,
  rate: number,
): Promise<void> {
  const app = await Reviews.create(label, { image: `reviews:${PRIMARY}` });
  const base = app.plan();
  const plan = app.plan({
    mirror: { percent: 100, everyMs: EVERY_MS, iterations: 4 },
    shift: { weights: [50, 100], everyMs: EVERY_MS },
    analysis: { ...base.analysis, compare: COMPARE, noAnswerLimit: 60, failureThreshold: 3, ...analysis },
  });
  const users = rate > 0 ? app.users({ rate }) : undefined;
  try {
    const view = await work({ app, plan, users });
    const failed = users?.records().filter(({ status }) => status !== 200).length ?? 0;
    console.info(
      `${label}: ${view.outcome?.kind ?? view.state}; ${view.intervals.length} intervals; users failed: ${failed}`,
    );
  } finally {
    await users?.stop();
    await app.remove();
  }
}

const LIMIT = (min: number, maxMs: number): Pick<AnalysisPlan, 'checks'> => ({
  checks: [
    { name: 'success-rate', builtin: 'requestSuccessRate', min },
    { name: 'duration', builtin: 'requestDuration', quantile: 0.99, maxMs },
  ],
});

/** Limits so wide that the comparison alone decides. */
const WIDE = LIMIT(80, 5_000);

/** The end of a rollout that nothing may hold up; what it waits for says why it was. */
async function unheld(plan: Plan): Promise<RolloutView> {
  const seen = await sluice.until(
    plan,
    (view) => isFinished(view) || view.state === 'needs-you',
    'its end',
    TIMEOUT_MS,
  );
  expect(seen.needsYou?.reason).toBeUndefined();
  return sluice.result(plan);
}

function decision(view: RolloutView): number {
  return Date.parse(view.intervals.at(-1)?.at ?? '');
}

describe.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))('round %i', { timeout: TIMEOUT_MS }, () => {
  test.concurrent('v2 equal to v1 is proven healthy and promoted', () =>
    scene('equal', LIMIT(99, 2_000), async ({ plan }) => {
      await sluice.deliver(plan, `reviews:v2-${PACE}`);
      const view = await unheld(plan);
      expect(view.outcome?.kind).toBe('promoted');
      expect(view.intervals.filter(({ verdict }) => verdict === 'worse' || verdict === 'fail')).toEqual([]);
      const stages = view.comparison?.points.map(({ stage }) => stage);
      expect(stages).toContain('mirror');
      expect(stages).toContain('50 %');
      return view;
    }));

  for (const [label, image, what] of [
    ['err5', `reviews:v3-err5-${PACE}`, 'errors'],
    ['slow400ms', 'reviews:v4-slow400ms', 'slower than'],
  ] as const)
    test.concurrent(`${label} within its limits is proven worse on the mirror`, () =>
      scene(label, WIDE, async ({ plan, users }) => {
        await sluice.deliver(plan, image);
        const { intervals: none } = await sluice.until(plan, ({ route }) => route.mirror > 0, 'the mirror');
        const fault = Date.now();
        expect(none).toEqual([]);
        const view = await sluice.result(plan);
        expect(view.outcome).toMatchObject({ kind: 'failed', step: 9 });
        expect(view.outcome?.reason).toMatch(new RegExp(`worse than the primary at mirror: canary .* ${what}`));
        expect(view.intervals.at(-1)?.verdict).toBe('worse');
        expect(users?.records().filter(({ version, status }) => version !== PRIMARY || status !== 200)).toEqual([]);
        console.info(
          `${label}: fault to decision ${((decision(view) - fault) / 1000).toFixed(1)} s; ${view.outcome?.reason}`,
        );
        return view;
      }));

  test.concurrent("both versions failing 20 % for a while is nobody's fault", { tags: ['repeat'] }, () =>
    scene('shared', LIMIT(99, 2_000), async ({ app, plan }) => {
      await sluice.deliver(plan, `reviews:v2-${PACE}`);
      await sluice.until(plan, ({ intervals }) => intervals.length > 0, 'a first interval');
      await Promise.all(['v1', 'v2'].map((version) => app.behave(version, { errorPercent: 20 })));
      await sleep(OUTAGE_MS);
      await Promise.all(['v1', 'v2'].map((version) => app.behave(version, { errorPercent: 0 })));
      const after = await sluice.view(plan);
      expect(after.route).toMatchObject({ canary: 0, mirror: 100 });
      const view = await unheld(plan);
      expect(view.intervals.map(({ verdict }) => verdict)).toContain('inconclusive');
      expect(view.failures.count).toBe(0);
      expect(view.outcome?.kind).toBe('promoted');
      return view;
    }),
  );

  test.concurrent('without metrics nothing is decided, and it goes on when they are back', {
    tags: ['repeat'],
  }, async () => {
    const metrics = await TcpProxy.open(new URL(lab.prometheus).host);
    await scene('metrics', { ...LIMIT(99, 2_000), prometheus: `http://${metrics.address}` }, async ({ plan }) => {
      await sluice.deliver(plan, `reviews:v2-${PACE}`);
      await sluice.until(plan, ({ intervals }) => intervals.length > 0, 'a first interval');
      metrics.stopTaking();
      const { failures, mirror } = await sluice.view(plan);
      await sleep(OUTAGE_MS);
      const blind = await sluice.view(plan);
      metrics.restore();
      expect(blind).toMatchObject({ route: { canary: 0, mirror: 100 }, failures });
      expect((blind.mirror?.passed ?? 0) - (mirror?.passed ?? 0)).toBeLessThanOrEqual(1);
      expect(blind.intervals.at(-1)?.verdict).toBe('noAnswer');
      const view = await unheld(plan);
      expect(view.outcome?.kind).toBe('promoted');
      return view;
    });
    metrics.close();
  });

  test.concurrent('without traffic nothing is proven and nothing promoted', () =>
    scene(
      'silent',
      { ...LIMIT(99, 2_000), noAnswerLimit: 4 },
      async ({ plan }) => {
        await sluice.deliver(plan, `reviews:v2-${PACE}`);
        const view = await sluice.until(plan, ({ state }) => state === 'needs-you', 'a hold');
        expect(view.route).toEqual({ primary: 100, canary: 0, mirror: 0 });
        expect(view.intervals.every(({ verdict }) => verdict === 'noAnswer')).toBe(true);
        await sluice.act(plan, 'abort');
        const ended = await sluice.result(plan);
        expect(ended.outcome?.kind).toBe('aborted');
        return ended;
      },
      { rate: 0 },
    ));
});
