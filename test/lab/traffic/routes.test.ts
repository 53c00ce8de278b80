/** Routes, intervals and "routed away" on the real mesh: real API server with the product's rights, istiod, Envoy, Prometheus. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observeAway } from '../../../src/activities/observe-away.ts';
import type { RouteInput } from '../../../src/contract/activities.ts';
import type { RouteFound } from '../../../src/contract/detected.ts';
import { AT_REST, mirrored, type RouteIntent, weighted } from '../../../src/contract/intent.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/index.ts';
import { Prometheus } from '../../../src/metrics/prometheus.ts';
import { applyIntent, inspectRoutes } from '../../../src/routers/index.ts';
import { apply, eventually, kubectl, lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { checkInterval } from '../../support/whole-interval.ts';

const LABELS = {
  primaryPodLabels: { app: 'reviews', version: 'v1' },
  canaryPodLabels: { app: 'reviews', version: 'v2' },
};
const EXTRAS = {
  timeout: '3s',
  retries: { attempts: 2, perTryTimeout: '1s', retryOn: '5xx' },
  headers: { response: { set: { 'x-route': 'main' } } },
};

let app: Reviews;
let client: ClusterConnection;
let plan: Plan;
let podHash: string;
let found: RouteFound;
let before: unknown;
let seq = 0;
const prometheus = new Prometheus(lab.prometheus);

beforeAll(async () => {
  app = await Reviews.create('traffic', { httpExtras: EXTRAS });
  plan = app.plan();
  client = connect({ kubeconfig: lab.productKubeconfig });
  before = (await app.route()).spec;
  const inspection = await inspectRoutes(client, plan, LABELS);
  expect(inspection).toMatchObject({ problems: [], intent: AT_REST });
  found = inspection.found;
  podHash = await deployCanary('reviews:v2-err30');
}, 120_000);

afterAll(async () => {
  await app.remove();
  await client.close();
  await prometheus.close();
});

/** @returns the pod-template-hash */
async function deployCanary(image: string): Promise<string> {
  const labels = { app: 'reviews', version: 'v2' };
  const readinessProbe = { httpGet: { path: '/ready', port: 9080 }, periodSeconds: 1 };
  const container = { name: 'reviews', image, ports: [{ containerPort: 9080 }], readinessProbe };
  await apply([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'reviews-v2', namespace: app.namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
  ]);
  await kubectl('-n', app.namespace, 'rollout', 'status', 'deployment/reviews-v2', '--timeout=60s');
  const pods = await kubectl('-n', app.namespace, 'get', 'pods', '-l', 'version=v2', '-o', 'json');
  const items = JSON.parse(pods).items as {
    metadata: { labels: Record<string, string>; deletionTimestamp?: string };
  }[];
  return items.find(({ metadata }) => !metadata.deletionTimestamp)?.metadata.labels['pod-template-hash'] ?? '';
}

const canary = { replicas: 1, proven: false };
const target = () => ({ plan, cluster: 'lab', clusterUid: 'uid', rollout: 'reviews-1', epoch: 1 });

function route(intent: RouteIntent, expected?: RouteIntent, more: Partial<RouteInput> = {}) {
  seq += 1;
  return applyIntent(client, { ...target(), fence: { epoch: 1, seq }, intent, expected, found, canary, ...more });
}

const interval = (stage: 'mirror' | 'live', durationMs = 4_000) =>
  checkInterval(
    { client, prometheus: () => prometheus },
    { ...target(), stage, durationMs, podHash },
    { signal: new AbortController().signal, heartbeat: () => {} },
  );

it('mirror, weights and the way back are obeyed by Envoy, measured by Prometheus, and leave the route as it was', async () => {
  const users = app.users({ rate: 50 });
  try {
    await eventually(() => users.records().length > 50 || undefined, 'users ask steadily');
    expect(await route(mirrored(100), AT_REST)).toMatchObject({ kind: 'written' });
    const copied = await interval('mirror');
    expect(copied.verdict).toBe('fail');
    expect(copied.requests).toBeGreaterThan(120);
    expect(copied.checks[0]?.value).toBeGreaterThan(50);
    expect(copied.checks[0]?.value).toBeLessThan(85);
    expect(copied.checks[1]?.verdict).toBe('pass');

    await app.behave('v2', { errorPercent: 0 });
    // An interval begins with the newest scrape there is, so the last failures must be scraped first.
    await sleep(3_000);
    expect(await route(weighted(40), mirrored(100))).toMatchObject({ kind: 'written' });
    const live = await interval('live');
    expect(live.sentence).toMatch(/^success-rate 100 % of \d+ requests; duration p99 /);
    expect(live).toMatchObject({ verdict: 'pass', canaryReady: 1 });
    expect(live.observedWeight).toBeGreaterThan(25);
    expect(live.observedWeight).toBeLessThan(55);

    expect(await route(AT_REST, weighted(40))).toMatchObject({ kind: 'written' });
    const seen = await observeAway({ prometheus: () => prometheus }, target(), {
      signal: new AbortController().signal,
      heartbeat: () => {},
    });
    expect(seen.kind).toBe('away');
    expect((await app.route()).spec).toEqual(before);
  } finally {
    await users.stop();
  }
});

it('testers who come by a rule of their own are named, and do not hold the way back', async () => {
  const v2 = { host: 'reviews', subset: 'v2' };
  const testers = { match: [{ headers: { 'x-canary': { exact: '1' } } }], route: [{ destination: v2 }] };
  const edit = (patch: object) =>
    kubectl('-n', app.namespace, 'patch', 'virtualservice', 'reviews', '--type=json', '-p', JSON.stringify([patch]));
  await edit({ op: 'add', path: '/spec/http/0', value: testers });
  const users = app.users({ rate: 20, headers: { 'x-canary': '1' } });
  try {
    const seen = await inspectRoutes(client, plan, LABELS);
    expect(seen.problems).toEqual([]);
    expect(seen.warnings.join()).toContain('spec.http[0] leads to the canary alone (reviews, subset v2)');
    expect(seen.found.others).toBe(1);
    await eventually(
      async () => (await app.ask('/', { 'x-canary': '1' })).version?.startsWith('v2') || undefined,
      'v2 answers',
    );
    const run = { signal: new AbortController().signal, heartbeat: () => {} };
    const observe = (named: boolean) =>
      observeAway({ prometheus: () => prometheus, limitMs: 8_000 }, { ...target(), named }, run);
    const [unnamed, named] = await Promise.all([observe(false), observe(true)]);
    expect(unnamed.kind).toBe('stillRouted');
    expect(named).toEqual({
      kind: 'away',
      sentence: expect.stringContaining('by ways of others that the preflight has named'),
    });
  } finally {
    await users.stop();
    await edit({ op: 'remove', path: '/spec/http/0' });
  }
});

it('a pod that vanishes under load fails the interval or ends it', async () => {
  const users = app.users({ rate: 50 });
  try {
    await route(weighted(50), AT_REST);
    const watched = interval('live', 20_000);
    await sleep(2_000);
    const killedMs = Date.now();
    await kubectl('-n', app.namespace, 'scale', 'deployment/reviews-v2', '--replicas=0');
    const result = await watched;
    expect(result.verdict).toBe('canaryLost');
    expect(Date.now() - killedMs).toBeLessThan(4_000);
    expect(await route(weighted(60), weighted(50))).toMatchObject({ kind: 'notReady' });
    const lost = await interval('live', 3_000);
    expect(lost.verdict).toBe('canaryLost');
  } finally {
    await route(AT_REST);
    await users.stop();
  }
  podHash = await deployCanary('reviews:v2');
});

it('an edit by somebody else is named and left alone; a late write is refused', async () => {
  await route(weighted(20), AT_REST);
  const edit = JSON.stringify([
    { op: 'replace', path: '/spec/http/0/route/0/weight', value: 75 },
    { op: 'replace', path: '/spec/http/0/route/1/weight', value: 25 },
  ]);
  await kubectl(
    '-n',
    app.namespace,
    'patch',
    'virtualservice',
    'reviews',
    '--type=json',
    '-p',
    edit,
    '--field-manager=mo-edits',
  );
  const drift = await route(weighted(40), weighted(20));
  expect(drift).toMatchObject({
    kind: 'drift',
    sentence: expect.stringMatching(
      /primary 75 %, canary 25 %.*expects primary 80 %, canary 20 %; last changed by mo-edits at 20/,
    ),
  });
  expect(await app.weights()).toMatchObject({ primary: 75, canary: 25 });
  await route(AT_REST);
  const late = { ...target(), fence: { epoch: 1, seq: 1 }, intent: weighted(100), found, canary };
  await expect(applyIntent(client, late)).rejects.toThrow(/newer write/);
  expect((await app.route()).spec).toEqual(before);
});

it('rules of others stay where and what they are while ours move', async () => {
  const rule = {
    name: 'static',
    match: [{ uri: { prefix: '/static' } }],
    route: [{ destination: { host: 'reviews', subset: 'v1' } }],
    fault: { delay: { fixedDelay: '1s', percentage: { value: 1 } } },
  };
  const other = await Reviews.create('traffic-rules', { otherRoutes: [rule], replicas: 1 });
  try {
    const theirs = other.plan();
    // no canary runs here: this is about rules
    theirs.workload.canary = theirs.workload.primary;
    for (const one of theirs.traffic.routes) one.rules = ['main'];
    const unnamed = await inspectRoutes(client, theirs, LABELS);
    expect(unnamed.problems.map(({ problem }) => problem)).toEqual(['no http rule is named "main"; there are static']);
    await kubectl(
      '-n',
      other.namespace,
      'patch',
      'virtualservice',
      'reviews',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/spec/http/1/name","value":"main"}]',
    );
    const named = await inspectRoutes(client, theirs, LABELS);
    expect(named.problems).toEqual([]);
    const start = (await other.route()).spec;
    const write = (intent: RouteIntent, n: number) =>
      applyIntent(client, {
        ...target(),
        plan: theirs,
        fence: { epoch: 1, seq: n },
        intent,
        found: named.found,
        canary,
      });
    await write(mirrored(50), 1);
    await write(weighted(30), 2);
    expect((await other.route()).spec.http[0]).toEqual(rule);
    await write(AT_REST, 3);
    expect((await other.route()).spec).toEqual(start);
  } finally {
    await other.remove();
  }
});

it('istiod takes up a write within a fraction of a second', async () => {
  const startMs = Date.now();
  await route(weighted(100));
  await eventually(async () => (await app.ask()).version === 'v2' || undefined, 'the canary answers', 5_000);
  expect(Date.now() - startMs).toBeLessThan(2_000);
  await route(AT_REST);
});
