import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeRecord, ProbeSummary } from '../../../lab/prober/index.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { isWrite, productRequests, productWrites } from '../../support/lab/cluster.ts';
import { Reviews, type RouteVersion, type VirtualServiceObject } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { band, routeChanges } from '../../support/statistics.ts';
import { mailsFor } from '../support/mail.ts';

/** Users a second; with intervals of 12 s every weight sees more than 3,000 of them. */
const RATE = 280;

const EXTRAS = {
  retries: { attempts: 2, perTryTimeout: '2s', retryOn: '5xx,reset' },
  timeout: '4s',
  headers: { request: { add: { 'x-from-route': 'yes' } } },
  corsPolicy: { allowOrigins: [{ exact: 'https://shop.example' }], allowMethods: ['GET'], maxAge: '24h' },
};

describe('a good revision under steady users', () => {
  let app: Reviews;
  let sluice: ClusterSluice;
  let plan: Plan;
  let view: RolloutView;
  let before: VirtualServiceObject;
  let after: VirtualServiceObject;
  let users: ProbeSummary;
  let records: ProbeRecord[];
  let events: number;
  let versions: RouteVersion[];

  beforeAll(async () => {
    [app, sluice] = await Promise.all([
      Reviews.create('promotion', { autoscaler: { min: 2, max: 6 }, httpExtras: EXTRAS, otherRoutes: [otherRoute()] }),
      ClusterSluice.start(),
    ]);
    plan = app.plan({
      scale: {
        canary: { replicas: 1, autoscaler: { min: 1, max: 6 }, matchWeight: true },
        primary: { autoscaler: { min: 2, max: 8 } },
        readyTimeoutMs: 30_000,
      },
      mirror: { percent: 100, everyMs: 1_500, iterations: 10 },
      shift: { weights: [20, 40, 60, 80, 100], everyMs: 12_000 },
    });
    before = await app.route();
    const recorder = app.recordRoute();
    const prober = app.users({ rate: RATE });
    expect(await sluice.deliver(plan, 'reviews:v2')).toMatchObject({ status: 'started' });
    view = await sluice.result(plan);
    after = await app.route();
    users = await prober.stop();
    records = prober.records();
    recorder.stop();
    versions = recorder.versions;
    const { events: history } = await sluice.handle(plan).fetchHistory();
    events = history?.length ?? 0;
  }, 240_000);

  afterAll(async () => {
    await sluice?.stop();
    await app?.remove();
  });

  test('is promoted and no user noticed', () => {
    expect(view.outcome).toMatchObject({ kind: 'promoted' });
    expect(users.failed, JSON.stringify({ ...users.byStatus, ...users.byError })).toBe(0);
    console.info(`users: ${users.total} sent, ${users.failed} failed, p99 ${users.p99?.toFixed(1)} ms`);
  });

  test('each weight is what users got, within the 99.9 % band', () => {
    const changes = routeChanges(versions);
    for (const { weight, from, to } of changes.filter((change) => change.weight > 0)) {
      const seen = records.filter(({ sentAt, status }) => status === 200 && sentAt > from && sentAt < to);
      const canary = seen.filter(({ version }) => version === 'v2').length;
      const [low, high] = band(seen.length, weight / 100);
      console.info(
        `weight ${weight}: ${canary} of ${seen.length} (${((100 * canary) / seen.length).toFixed(2)} %), band ${low}..${high}`,
      );
      expect(seen.length).toBeGreaterThanOrEqual(3_000);
      expect(canary).toBeGreaterThanOrEqual(low);
      expect(canary).toBeLessThanOrEqual(high);
    }
    expect(changes.map(({ weight }) => weight).filter((weight) => weight > 0)).toEqual([20, 40, 60, 80, 100]);
  });

  test('the mirror copies what users ask, and shows them nothing of it', () => {
    const mirror = routeChanges(versions).find((change) => change.mirror);
    if (!mirror) throw new Error('no mirror was seen');
    const live = records.filter(({ sentAt }) => sentAt > mirror.from && sentAt < mirror.to);
    const copied = new Set(app.requests('reviews-v2').map(({ id }) => id));
    const matched = live.filter(({ id }) => copied.has(id)).length;
    console.info(`mirror: ${live.length} live requests, ${matched} copies`);
    expect(live.filter(({ version }) => version !== 'v1')).toEqual([]);
    expect(Math.abs(matched - live.length)).toBeLessThanOrEqual(live.length / 100);
  });

  test('the VirtualService is what it was, apart from our annotations', () => {
    expect(after.spec).toEqual(before.spec);
  });

  test('the primary runs the tested image and the canary is at zero', async () => {
    const primary = await app.replicas('reviews-v1');
    expect(primary.spec.template.spec.containers[0]?.image).toMatch(/^reviews:v2@sha256:/);
    expect(primary.status.readyReplicas).toBeGreaterThanOrEqual(2);
    expect((await app.replicas('reviews-v2')).spec.replicas).toBe(0);
  });

  test('the mail carries the result', async () => {
    const [mail] = await mailsFor(app.namespace);
    expect(mail).toContain('reviews:v2');
    expect(mail).toMatch(/promoted/i);
  });

  test('it is cheap: events and API requests', async () => {
    const requests = await productRequests(app.namespace);
    const byVerb = Object.fromEntries(
      Object.entries(Object.groupBy(requests, ({ verb }) => verb)).map(([verb, list]) => [verb, list?.length]),
    );
    console.info(`history: ${events} events; API requests: ${requests.length} ${JSON.stringify(byVerb)}`);
    console.info(`writes: ${(await productWrites(app.namespace)).join(', ')}`);
    expect(events).toBeLessThan(300);
    // watches have a limit of their own: the API server ends them when it likes
    const made = requests.filter(({ verb }) => verb !== 'watch');
    expect(requests.length - made.length).toBeLessThan(10);
    const preflight = made.findIndex(isWrite);
    console.info(`preflight: ${preflight} reads; the rollout: ${made.length - preflight} requests, watches apart`);
    expect(preflight).toBeLessThan(20);
    expect(made.length - preflight).toBeLessThan(80);
  });
});

function otherRoute(): object {
  return {
    name: 'static',
    match: [{ uri: { prefix: '/static' } }],
    rewrite: { uri: '/' },
    route: [{ destination: { host: 'reviews', subset: 'v1' }, headers: { response: { set: { 'x-static': '1' } } } }],
  };
}
