import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeRecord } from '../../../lab/prober/index.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { Reviews, type RouteVersion } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { mailsFor } from '../support/mail.ts';
import { SETTLED_MS, usersSettle } from '../support/settled.ts';

let app: Reviews;
let sluice: ClusterSluice;

beforeAll(async () => {
  [app, sluice] = await Promise.all([Reviews.create('bad'), ClusterSluice.start()]);
});

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

describe('a version that fails 30 % of requests outside /health', () => {
  let view: RolloutView;
  let records: ProbeRecord[];
  let versions: RouteVersion[];
  let plan: Plan;

  beforeAll(async () => {
    plan = app.plan({ mirror: { percent: 100, everyMs: 3_000, iterations: 5 } });
    const recorder = app.recordRoute();
    const prober = app.users({ rate: 150 });
    expect(await sluice.deliver(plan, 'reviews:v3-err30')).toMatchObject({ status: 'started' });
    view = await sluice.result(plan);
    await usersSettle();
    await prober.stop();
    recorder.stop();
    records = prober.records();
    versions = recorder.versions;
  });

  test('passes acceptance and load, is mirrored to, and is aborted at step 10', () => {
    expect(view.outcome).toMatchObject({ kind: 'failed', step: 10 });
    expect(view.outcome?.reason).toMatch(/success-rate/);
    expect(
      view.steps.filter(({ number }) => number < 9).every(({ state }) => state === 'done' || state === 'skipped'),
    ).toBe(true);
  });

  test('answered no user, and got at least 500 copies', () => {
    const copies = app.requests('reviews-v2').length;
    console.info(
      `copies delivered: ${copies}; users: ${records.length}, failed ${records.filter(({ status }) => status !== 200).length}`,
    );
    expect(copies).toBeGreaterThanOrEqual(500);
    expect(records.filter(({ version }) => version !== 'v1')).toEqual([]);
    expect(records.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test('the mirror is off soon after the check that decided; the canary then gets nothing', async () => {
    const firstFailed = view.intervals.find(({ verdict }) => verdict === 'fail');
    const decided = view.intervals.at(-1);
    const off = versions.findLast(({ mirror }, index) => mirror === 0 && (versions[index - 1]?.mirror ?? 0) > 0);
    if (!firstFailed || !decided || !off) throw new Error('no failed interval, or the mirror was never seen to end');
    const seconds = (off.at - Date.parse(firstFailed.at)) / 1000;
    const last = (off.at - Date.parse(decided.at)) / 1000;
    console.info(
      `first failed check to mirror off: ${seconds.toFixed(2)} s, deciding check to mirror off: ${last.toFixed(2)} s`,
    );
    expect(last).toBeLessThan(2);
    const late = app.requests('reviews-v2').filter(({ at }) => at > off.at + SETTLED_MS);
    expect(late).toEqual([]);
    expect(await app.weights()).toEqual({ primary: 100, canary: 0, mirror: 0 });
    expect((await app.replicas('reviews-v2')).spec.replicas).toBe(0);
  });

  test('the mail says what failed', async () => {
    const mail = (await mailsFor(app.namespace)).find((text) => text.includes('v3-err30'));
    expect(mail).toMatch(/success-rate/);
  });
});

test('the same version with load on / is stopped at step 7, before any copy', async () => {
  const base = app.plan();
  const plan = app.plan({ load: { ...(base.load as NonNullable<Plan['load']>), path: '/' } });
  const before = app.requests('reviews-v2').length;
  await sluice.deliver(plan, 'reviews:v4-err30');
  const view = await sluice.result(plan);
  expect(view.outcome).toMatchObject({ kind: 'failed', step: 7 });
  expect(app.requests('reviews-v2').length).toBe(before);
  expect((await app.replicas('reviews-v2')).spec.replicas).toBe(0);
});

test('a canary that crashes again and again never gets a copy of a request', async () => {
  const plan = app.plan();
  const before = app.requests('reviews-v2').length;
  await sluice.deliver(plan, 'reviews:v5-crash');
  const view = await sluice.result(plan);
  expect(view.outcome?.kind).toBe('failed');
  expect(view.outcome?.step).toBeLessThan(8);
  expect(app.requests('reviews-v2').length).toBe(before);
});

test('an image that cannot be pulled is told too', async () => {
  const plan = app.plan();
  await sluice.deliver(plan, 'reviews:v6-pull-error');
  const view = await sluice.result(plan);
  expect(view.outcome).toMatchObject({ kind: 'failed', step: 4 });
  expect(view.outcome?.reason).toMatch(/pull/i);
});

test('four failing intervals at weight 20 keep the weight at 20', async () => {
  const plan = app.plan({
    mirror: undefined,
    shift: { weights: [20, 100], everyMs: 3_000 },
    analysis: { ...app.plan().analysis, failureThreshold: 5 },
  });
  const recorder = app.recordRoute();
  const prober = app.users({ rate: 100 }); // 1.5 s of them are enough to see errors for certain
  await sluice.deliver(plan, 'reviews:v7');
  await sluice.until(plan, ({ route }) => route.canary === 20, 'weight 20');
  await app.behave('v2', { errorPercent: 30 });
  await sluice.until(plan, ({ failures }) => failures.count >= 3, 'three failed intervals');
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // the fourth has seen errors, the fifth will not
  await app.behave('v2', { errorPercent: 0 });
  const failing = await sluice.until(plan, ({ failures }) => failures.count >= 4, 'four failed intervals');
  expect(failing.route.canary).toBe(20);
  const view = await sluice.result(plan);
  recorder.stop();
  await prober.stop();
  expect(view.failures.count).toBe(4);
  expect(recorder.versions.map(({ canary }) => canary)).toEqual([0, 20, 100, 0]);
  expect(view.outcome?.kind).toBe('promoted');
});
