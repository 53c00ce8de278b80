/** Session affinity and the order of writes over whole rollouts, on both APIs. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeSummary } from '../../../lab/prober/index.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import type { KubeObject, Ref } from '../../../src/kubernetes/client/client.ts';
import { lab } from '../../support/lab/cluster.ts';
import { record, recordReady } from '../../support/lab/record.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { Shop } from '../../support/lab/shop.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { type Recorded, type RuleWeights, rulesOf, unsafeRules, usersWithoutPods } from '../../support/order.ts';
import { Visitor } from '../support/visitor.ts';

const COOKIE = 'met-the-canary';
const VISITORS = 150;
/** Proxies of a busy lab follow a stored route within less than half of it. */
const CLEANUP_MS = 10_000;
/** A busy watcher may see a stored route this much later than users do. */
const SEEN_LATE_MS = 1_000;

interface Fixture {
  create: () => Promise<Reviews | Shop>;
  ref: Omit<Ref, 'namespace'>;
  image: string;
  deployments: { primary: string; canary: string };
  destinations: { primary: string; canary: string };
}

const FIXTURES: Record<string, Fixture> = {
  VirtualService: {
    create: () => Reviews.create('sticky-vs'),
    ref: {
      apiVersion: 'networking.istio.io/v1',
      resource: 'virtualservices',
      kind: 'VirtualService',
      name: 'reviews',
    },
    image: 'reviews:v2',
    deployments: { primary: 'reviews-v1', canary: 'reviews-v2' },
    destinations: { primary: 'v1', canary: 'v2' },
  },
  HTTPRoute: {
    create: () => Shop.create('sticky-http'),
    ref: { apiVersion: 'gateway.networking.k8s.io/v1', resource: 'httproutes', kind: 'HTTPRoute', name: 'shop' },
    image: 'shop:v2',
    deployments: { primary: 'shop-v1', canary: 'shop-v2' },
    destinations: { primary: 'shop-primary', canary: 'shop-canary' },
  },
};

interface Visit {
  visitor: number;
  at: number;
  answeredAt: number;
  pod: string | null;
  status: number;
  hadCookie: boolean;
}

/** What happened in one whole rollout. */
interface Story {
  app: Reviews | Shop;
  view: RolloutView;
  cleaning: RolloutView;
  spec: { before: KubeObject['spec']; after: KubeObject['spec'] };
  users: ProbeSummary[];
  routes: Recorded<RuleWeights[]>[];
  ready: { primary: Recorded<number>[]; canary: Recorded<number>[] };
  /** How many of the visitors met the canary at 20 %, and how many of those had its cookie at the end. */
  met: number;
  cookiesLeft: number;
  /** Of ten who met it, coming again and again. */
  visits: Visit[];
  /** Epoch ms at which the route led back to the primary was stored, and the one that is as before. */
  back: number;
  cleaned: number;
}

let sluice: ClusterSluice;
const stories = new Map<string, Promise<Story>>();

beforeAll(async () => {
  sluice = await ClusterSluice.start();
  // They wait most of the time, so they run side by side.
  for (const [kind, fixture] of Object.entries(FIXTURES)) {
    const story = tell(await fixture.create(), fixture);
    story.catch(() => undefined);
    stories.set(kind, story);
  }
}, 120_000);

afterAll(async () => {
  for (const story of stories.values()) await (await story.catch(() => undefined))?.app.remove();
  await sluice?.stop();
});

async function tell(app: Reviews | Shop, { ref, image, deployments, destinations }: Fixture): Promise<Story> {
  const plan = app.plan({
    affinity: { cookie: COOKIE, maxAgeS: 3_600, cleanupAfterMs: CLEANUP_MS, path: '/', secure: false, httpOnly: true },
    acceptance: [],
    load: undefined,
    mirror: { percent: 100, everyMs: 1_500, iterations: 1 },
    shift: { weights: [20, 60, 100], everyMs: 3_000 },
  });
  const before = (await app.route()).spec;
  const routes = record({ ...ref, namespace: app.namespace }, rulesOf);
  const primaryPods = recordReady(app.namespace, deployments.primary);
  const canaryPods = recordReady(app.namespace, deployments.canary);
  const out = join(lab.dir, 'probes', `${app.namespace}-fresh.jsonl`);
  const probers = [app.users(), app.users({ rate: 20, freshConnections: true, out })];
  await sluice.deliver(plan, image);
  await sluice.until(plan, ({ route: { canary } }) => canary === 20, 'weight 20');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const visitors = Array.from({ length: VISITORS }, () => new Visitor(app, COOKIE));
  for (const visitor of visitors) await visitor.visit();
  const sticky = visitors.filter(({ cookie }) => cookie);
  const met = sticky.length;
  const over = new AbortController();
  const coming = comeBack(sticky.slice(0, 10), over.signal);
  const cleaning = await sluice.until(plan, ({ state }) => state === 'cleaning', 'cleaning', 90_000);
  await new Promise((resolve) => setTimeout(resolve, CLEANUP_MS / 2));
  for (const visitor of sticky) await visitor.visit();
  const cookiesLeft = sticky.filter(({ cookie }) => cookie).length;
  const view = await sluice.result(plan);
  over.abort();
  const visits = await coming;
  const users = await Promise.all(probers.map((prober) => prober.stop()));
  const after = (await app.route()).spec;
  for (const recording of [routes, primaryPods, canaryPods]) recording.stop();
  const ready = { primary: primaryPods.seen, canary: canaryPods.seen };
  const back = returnOf(routes.seen, destinations.canary);
  const cleaned = routes.seen.at(-1)?.at ?? 0;
  const spec = { before, after };
  return { app, view, cleaning, spec, users, routes: routes.seen, ready, met, cookiesLeft, visits, back, cleaned };
}

/** Users who met the canary come again and again, with what their browser keeps. */
async function comeBack(sticky: Visitor[], over: AbortSignal): Promise<Visit[]> {
  const visits: Visit[] = [];
  while (!over.aborted) {
    for (const [index, visitor] of sticky.entries()) {
      const hadCookie = visitor.cookie !== undefined;
      const at = Date.now();
      const { pod, status } = await visitor.visit();
      visits.push({ visitor: index, at, answeredAt: Date.now(), pod, status, hadCookie });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return visits;
}

/** When the first version without weight on the canary was stored, after the last one with it. */
function returnOf(routes: Recorded<RuleWeights[]>[], canary: string): number {
  const last = routes.findLastIndex(({ value }) => value.some((rule) => (rule[canary] ?? 0) > 0));
  return routes[last + 1]?.at ?? 0;
}

describe.each(Object.entries(FIXTURES))('a rollout with affinity on a %s', (kind, fixture) => {
  const { deployments, destinations } = fixture;
  let story: Story;

  beforeAll(async () => {
    story = await (stories.get(kind) as Promise<Story>);
  }, 180_000);

  test('is promoted, and no user noticed, on kept-alive connections or new ones, while the canary drains too', () => {
    const { view, users, visits } = story;
    expect(view.outcome).toMatchObject({ kind: 'promoted' });
    for (const { failed, byStatus, byError } of users) {
      expect(failed, JSON.stringify({ ...byStatus, ...byError })).toBe(0);
    }
    expect(visits.filter(({ status }) => status !== 200)).toEqual([]);
    console.info(`${kind}: ${users.reduce((sum, { total }) => sum + total, 0)} user requests, 0 failed`);
  });

  test('every stored version of the route sums to 100 and leaves nothing to a default', () => {
    expect(story.routes.length).toBeGreaterThan(6);
    expect(unsafeRules(story.routes)).toEqual([]);
  });

  test('nobody is routed to a side without a ready pod', () => {
    const { routes, ready } = story;
    expect(usersWithoutPods(routes, destinations.canary, ready.canary)).toEqual([]);
    expect(ready.primary.filter(({ value }) => value === 0)).toEqual([]);
  });

  test('who met the canary stays on it, until traffic returns, also while the primary is upgraded', () => {
    const { visits, back, met } = story;
    const during = visits.filter(({ answeredAt }) => answeredAt < back - SEEN_LATE_MS);
    expect(met).toBeGreaterThan(10);
    expect(during.length).toBeGreaterThan(100);
    expect(during.filter(({ pod }) => !pod?.startsWith(`${deployments.canary}-`))).toEqual([]);
    console.info(`${kind}: ${met} of ${VISITORS} met the canary at 20 %, ${during.length} later visits stayed on it`);
  });

  test('afterwards their cookie is gone, nobody returns to the canary, and nothing reaches it any more', () => {
    const { app, cleaning, visits, back, cleaned, cookiesLeft } = story;
    expect(cleaning.outcome?.kind).toBe('promoted');
    const atHome = ({ pod }: Visit) => pod?.startsWith(`${deployments.primary}-`);
    for (const own of Map.groupBy(visits, ({ visitor }) => visitor).values()) {
      const home = own.findIndex(atHome);
      const [first, ...later] = own.slice(home);
      expect(first?.at).toBeLessThan(cleaned);
      expect(later.length).toBeGreaterThan(2);
      expect(later.filter((visit) => visit.hadCookie || !atHome(visit))).toEqual([]);
    }
    expect(cookiesLeft).toBe(0);
    const reached = app.requests(deployments.canary);
    const last = Math.max(...reached.map(({ at }) => at)) - back;
    console.info(`${kind}: the last request reached the canary ${last.toFixed(0)} ms after traffic returned`);
    expect(reached.filter(({ at }) => at > cleaned)).toEqual([]);
  });

  test('the route is what it was', () => {
    expect(story.view.state).toBe('ended');
    expect(story.spec.after).toEqual(story.spec.before);
  });
});
