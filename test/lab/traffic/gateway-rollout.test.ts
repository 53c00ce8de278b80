/** A whole rollout on an HTTPRoute with a real worker: steady users, every stored version of the route, the way back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeRecord, ProbeSummary } from '../../../lab/prober/index.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { type Backends, type HttpRouteObject, Shop } from '../../support/lab/shop.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { band, routeChanges } from '../../support/statistics.ts';
import { COOKIE } from './contract-fixtures.ts';

const RATE = 200;

const EXTRAS = {
  name: 'main',
  timeouts: { request: '4s' },
  filters: [
    { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-from-route', value: 'yes' }] } },
  ],
};
/** Not named by the plan, so not its business, although it routes to the primary. */
const STATIC = {
  name: 'static',
  matches: [{ path: { type: 'PathPrefix', value: '/static' } }],
  backendRefs: [{ name: 'shop-primary', port: 9080 }],
  filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }],
};

describe('a good revision behind the Gateway API', () => {
  let app: Shop;
  let sluice: ClusterSluice;
  let view: RolloutView;
  let before: HttpRouteObject;
  let after: HttpRouteObject;
  let users: ProbeSummary;
  let records: ProbeRecord[];
  let versions: (Backends & { at: number })[];

  beforeAll(async () => {
    [app, sluice] = await Promise.all([
      Shop.create('gateway', { ruleExtras: EXTRAS, otherRules: [STATIC] }),
      ClusterSluice.start(),
    ]);
    before = await app.route();
    const recorder = app.recordRoute();
    const prober = app.users({ rate: RATE });
    const plan = app.plan({
      mirror: { percent: 100, everyMs: 1_500, iterations: 1 },
      shift: { weights: [20, 60, 100], everyMs: 2_000 },
      load: undefined,
      affinity: { ...COOKIE, cleanupAfterMs: 2_000 },
    });
    for (const route of plan.traffic.routes) route.rules = ['main'];
    const answer = await sluice.deliver(plan, 'shop:v2');
    expect(answer, JSON.stringify(answer)).toMatchObject({ status: 'started' });
    view = await sluice.result(plan);
    after = await app.route();
    users = await prober.stop();
    records = prober.records();
    recorder.stop();
    versions = recorder.versions;
  }, 120_000);

  afterAll(async () => {
    await sluice?.stop();
    await app?.remove();
  });

  test('is promoted and no user noticed', () => {
    expect(view.outcome, JSON.stringify(view.outcome)).toMatchObject({ kind: 'promoted' });
    expect(users.failed, JSON.stringify({ ...users.byStatus, ...users.byError })).toBe(0);
    console.info(`users: ${users.total} sent, ${users.failed} failed, p99 ${users.p99?.toFixed(1)} ms`);
  });

  test('every stored version of the route sums to 100 with no weight left out', () => {
    for (const weights of versions.flatMap(({ stored }) => stored)) {
      expect(weights.every(Number.isInteger), JSON.stringify(weights)).toBe(true);
      expect(weights.reduce<number>((sum, weight) => sum + (weight ?? 0), 0)).toBe(100);
    }
    const seen = versions.map(({ canary, mirror }) => (mirror > 0 ? `mirror ${mirror}` : canary));
    expect(seen.filter((one) => one !== 0)).toEqual(['mirror 100', 20, 60, 100]);
    expect([seen[0], seen.at(-1)]).toEqual([0, 0]);
  });

  test('users with the cookie stay on the canary, lose it on the primary, and then nobody asks for it', () => {
    const phases = versions.map(({ kept }) => kept).filter((one, index, all) => one !== all[index - 1]);
    expect(phases).toEqual(['no rule', 'shop-canary', 'shop-primary', 'no rule']);
  });

  test('each weight is what users got, within the 99.9 % band', () => {
    for (const { weight, from, to } of routeChanges(versions).filter((change) => change.weight > 0)) {
      const seen = records.filter(({ sentAt, status }) => status === 200 && sentAt > from && sentAt < to);
      const canary = seen.filter(({ version }) => version === 'v2').length;
      const [low, high] = band(seen.length, weight / 100);
      console.info(`weight ${weight}: ${canary} of ${seen.length}, band ${low}..${high}`);
      expect(canary).toBeGreaterThanOrEqual(low);
      expect(canary).toBeLessThanOrEqual(high);
    }
  });

  test('the route is what it was, and the primary runs the tested image', async () => {
    expect(after.spec).toEqual(before.spec);
    expect((await app.replicas('shop-v1')).spec.template.spec.containers[0]?.image).toMatch(/^shop:v2@sha256:/);
    expect((await app.replicas('shop-v2')).spec.replicas).toBe(0);
  });
});
