/** Whole rollouts behind a plain Service, without a mesh: callers that know its address alone, switched at once or shared by pods. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeRecord, ProbeSummary } from '../../../lab/prober/index.ts';
import { reachedShares } from '../../../src/contract/shares.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { productWrites } from '../../support/lab/cluster.ts';
import { PlainShop, type Selected, type ServiceObject } from '../../support/lab/plain.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { band } from '../../support/statistics.ts';
import { SETTLED_MS, usersSettle } from '../support/settled.ts';

const RATE = 100;
const PRIMARY_PODS = 4;
const MODES = ['switch', 'pods'] as const;

let sluice: ClusterSluice;
beforeAll(async () => {
  sluice = await ClusterSluice.start();
}, 180_000);
afterAll(() => sluice?.stop());

interface Rolled {
  app: PlainShop;
  view: RolloutView;
  before: ServiceObject;
  after: ServiceObject;
  users: ProbeSummary;
  records: ProbeRecord[];
  versions: (Selected & { at: number })[];
}

async function rollOut(mode: 'switch' | 'pods', image: string): Promise<Rolled> {
  const app = await PlainShop.create(`plain-${mode}`, PRIMARY_PODS);
  const before = await app.service();
  const recorder = app.recordRoute();
  // each request a connection of its own: a connection stays where it is
  const prober = app.users({ rate: RATE, freshConnections: true });
  const plan = app.plan(mode);
  const answer = await sluice.deliver(plan, image);
  expect(answer, JSON.stringify(answer)).toMatchObject({ status: 'started' });
  const view = await sluice.result(plan);
  const after = await app.service();
  await usersSettle();
  const users = await prober.stop();
  recorder.stop();
  return { app, view, before, after, users, records: prober.records(), versions: recorder.versions };
}

describe.each(MODES)('a good revision behind a Service, %s', (mode) => {
  let rolled: Rolled;
  beforeAll(async () => {
    rolled = await rollOut(mode, 'shop:v2');
  }, 300_000);
  afterAll(() => rolled?.app.remove());

  test('is promoted and no user noticed', () => {
    const { view, users } = rolled;
    expect(view.outcome, JSON.stringify(view.outcome)).toMatchObject({ kind: 'promoted' });
    expect(users.failed, JSON.stringify({ ...users.byStatus, ...users.byError })).toBe(0);
    console.info(`${mode}: ${users.total} requests, ${users.failed} failed, p99 ${users.p99?.toFixed(1)} ms`);
  });

  test('every stored selector is one of three, in order', () => {
    const seen = rolled.versions.map(({ version, canary }) => `${version} ${canary}`);
    const between = mode === 'pods' ? ['both 20', 'both 50'] : [];
    expect(seen).toEqual(['v1 0', ...between, 'v2 100', 'v1 0']);
  });

  test('the share that users got is the one that the pods promise, within the 99.9 % band', () => {
    if (mode === 'switch') return expect(rolled.versions.some(({ version }) => version === 'both')).toBe(false);
    const plan = rolled.app.plan(mode);
    const shares = reachedShares(plan, PRIMARY_PODS);
    for (const [index, { canary, at, version }] of rolled.versions.entries()) {
      if (version !== 'both') continue;
      const { share, pods } = shares.find(({ weight }) => weight === canary) ?? { share: 0, pods: 0 };
      // the next size grows into the same selector: its pods are seen by their names
      const until = rolled.versions[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      const inside = rolled.records.filter(
        ({ sentAt, status }) => status === 200 && sentAt > at + 500 && sentAt < until,
      );
      const known = [...new Set(inside.filter((one) => one.version === 'v2').map(({ pod }) => pod))];
      const later = inside.find(({ pod }) => known.indexOf(pod) >= pods)?.sentAt ?? Number.POSITIVE_INFINITY;
      const counted = inside.filter(({ sentAt }) => sentAt < later);
      const got = counted.filter((one) => one.version === 'v2').length;
      const [low, high] = band(counted.length, share / 100);
      console.info(
        `weight ${canary}: ${got} of ${counted.length} beside ${PRIMARY_PODS} pods, promised ${share} %, band ${low}..${high}`,
      );
      expect(counted.length).toBeGreaterThan(100);
      expect(got).toBeGreaterThanOrEqual(low);
      expect(got).toBeLessThanOrEqual(high);
    }
  });

  test('the Service is what it was, and the primary runs the tested image', async () => {
    const { app, after, before } = rolled;
    expect(after.spec).toEqual(before.spec);
    expect(after.metadata.annotations).not.toHaveProperty(['sluice.dev/share']);
    expect((await app.replicas('shop-v1')).spec.template.spec.containers[0]?.image).toMatch(/^shop:v2@sha256:/);
    expect((await app.replicas('shop-v1')).spec.replicas).toBe(PRIMARY_PODS);
    expect((await app.replicas('shop-v2')).spec.replicas).toBe(0);
  });

  test('the Service led back before the canary was scaled down', async () => {
    const writes = await productWrites(rolled.app.namespace);
    const last = writes.filter((one) => /services\/shop$|deployments\/shop-v2$/.test(one)).slice(-2);
    expect(last).toEqual(['patch services/shop', 'patch deployments/shop-v2']);
  });
});

describe.each(MODES)('a bad revision behind a Service, %s', (mode) => {
  let rolled: Rolled;
  beforeAll(async () => {
    rolled = await rollOut(mode, 'shop:v2-err30');
  }, 300_000);
  afterAll(() => rolled?.app.remove());

  // both lead the Service back by the same write
  const further = { tags: mode === 'pods' ? [] : ['repeat'] };

  test('is aborted by its checks, and users are back on the primary', further, () => {
    const { view, versions, users, records } = rolled;
    expect(view.outcome, JSON.stringify(view.outcome)).toMatchObject({ kind: 'failed' });
    expect(versions.at(-1)).toMatchObject({ version: 'v1', canary: 0 });
    const away = versions.at(-1)?.at ?? 0;
    const late = records.filter(({ sentAt, version }) => sentAt > away + SETTLED_MS && version === 'v2');
    expect(late).toEqual([]);
    console.info(
      `${mode}: ${users.failed} of ${users.total} requests failed; seconds on the canary: ${((away - (versions[1]?.at ?? away)) / 1_000).toFixed(1)}`,
    );
    expect(users.failed).toBeGreaterThan(0);
  });

  test('the Service and the primary are what they were', further, async () => {
    const { app, after, before } = rolled;
    expect(after.spec).toEqual(before.spec);
    expect((await app.replicas('shop-v1')).spec.template.spec.containers[0]?.image).toBe('shop:v1');
    expect((await app.replicas('shop-v2')).spec.replicas).toBe(0);
  });
});
