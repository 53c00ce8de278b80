/** A plan without any metrics: the pods alone decide. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnalysisPlan } from '../../../src/contract/analysis.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

let app: Reviews;
let sluice: ClusterSluice;

beforeAll(async () => {
  [app, sluice] = await Promise.all([Reviews.create('pods'), ClusterSluice.start()]);
});

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

function planOf(changes: Partial<Plan> = {}): Plan {
  const analysis: AnalysisPlan = {
    checks: [{ name: 'pods', builtin: 'podHealth', maxRestarts: 0, minReady: 95 }],
    failureThreshold: 2,
    noAnswerLimit: 5,
  };
  return app.plan({ analysis, shift: { weights: [20, 100], everyMs: 3_000 }, ...changes });
}

describe('pods alone', () => {
  test('promote a version whose pods stay well, and every verdict says so', async () => {
    const plan = planOf();
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    const view = await sluice.result(plan);
    await prober.stop();
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.warnings.join()).toContain('pods only');
    expect(view.intervals.length).toBeGreaterThanOrEqual(4);
    expect(view.intervals.every(({ verdict, podsOnly }) => verdict === 'pass' && podsOnly)).toBe(true);
    expect(prober.records().filter(({ status }) => status !== 200)).toEqual([]);
  });

  test('abort one that crashes again and again with users on it, without a question', async () => {
    const plan = planOf({ mirror: undefined, load: undefined, shift: { weights: [20, 100], everyMs: 30_000 } });
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v3-crash-after-10s');
    await sluice.until(plan, ({ route }) => route.canary === 20, 'users on the canary');
    const met = Date.now();
    const { route } = await sluice.until(plan, ({ route }) => route.canary === 0, 'no users on the canary');
    const view = await sluice.result(plan);
    await prober.stop();
    expect(route).toMatchObject({ primary: 100, canary: 0 });
    expect(view.outcome).toMatchObject({ kind: 'failed' });
    expect(view.outcome?.reason).toMatch(
      /no pod of reviews-v2 is ready any more: .*containers ended: reviews of \S+ once/,
    );
    const failed = prober.records().filter(({ status }) => status !== 200).length;
    console.info(
      `crash loop: ${((Date.now() - met) / 1000).toFixed(1)} s after users met it the rollout was over; users failed: ${failed}`,
    );
    expect((await app.replicas('reviews-v2')).spec.replicas).toBe(0);
  });
});
