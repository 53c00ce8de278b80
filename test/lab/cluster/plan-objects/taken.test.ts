/** Which plans the API server takes, and that it refuses none that the reader takes. */
import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { loadPlanText } from '../../../../src/plan/index.ts';
import { EXAMPLE } from '../../../support/plan-text.ts';
import { type Bench, closeBench } from '../support.ts';
import { BY_PODS, openPlans, plain, refusal, WEIGHTS } from './support.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openPlans();
});
afterAll(() => closeBench(bench));

/** Every field at least once, in few plans, as they are rarely written. */
const WHOLE = [
  `apiVersion: sluice.dev/v1alpha1
kind: RolloutPlan
metadata: { name: whole, namespace: demo }
spec:
  workload: { primary: a.v1, canary: a.v2, canaryLabels: { example.com/version: V_2.x }, containers: [a], adoptRunning: true }
  events: [{ image: a, from: { repository: acme/*, environment: live } }, { image: localhost:5000/a }]
  traffic:
    routes: [{ kind: VirtualService, name: a.b, namespace: edge, rules: [one] }, { kind: VirtualService, name: a.b }]
    primary: { host: a.demo.svc.cluster.local }
    canary: { host: a.demo.svc.cluster.local, subset: v2 }
    terminationDrain: 0s
    allowUngoverned: true
    onDrift: restore
    create: true
    awaitStatus: false
  scale: { canary: { replicas: 3, autoscaler: { min: 3, max: 3 }, matchWeight: false }, readyTimeout: 1h30m }
  acceptance:
    - { name: job, timeout: 1m30s, job: { template: { metadata: { labels: { a: b }, annotations: { c: d } }, spec: { restartPolicy: Never, containers: [{ name: smoke, image: "a:1", env: [{ name: A, value: b }] }] } } } }
    - { name: http, http: { via: pod, path: "/a?b=c", method: POST, headers: { x-a: "1" }, body: "{}", port: 80, expect: { status: 201, bodyContains: ok, headers: { x-b: "2" } } } }
  load: { requestsPerSecond: 1, duration: 1s, during: { address: "http://a.example.com", stages: [shift], requestsPerSecond: 1 }, path: /, method: GET, headers: { x-a: "1" }, port: 80, expect: { successRate: 99.9, p99: 20ms } }
  mirror: { percent: 1, every: 1s, iterations: 1 }
  shift: { stages: [{ weight: 1 }, { weight: 50, every: 1h }, { weight: 100 }], back: { weights: [50, 1], every: 1s } }
  analysis:
    source: default
    series: { kind: envoy, cluster: "inbound|9080||", clusterLabel: c, codeLabel: d, classes: true, protocol: http, podLabel: p, namespaceLabel: n }
    failureCounting: consecutive
    pods: { port: 1, path: /stats, series: { kind: istio } }
    compare:
      preset: strict
      errors: { warmup: 0s, abort: { ratio: 1.5, points: 0.5 }, pass: { ratio: 2 }, weight: 2.5 }
      latency: false
      limit: { errors: 1, slowerThan: 500ms, slow: 0.5 }
      slo: 99.9
      alpha: 0.01
      beta: 0.5
      tick: 1s
      deadline: 1h
      early: 1m
      onInconclusive: extend
      minRequests: 5
    checks:
      - { name: a, builtin: requestSuccessRate, min: 99.5 }
      - { name: b, builtin: requestDuration, quantile: 0.5, max: 1s }
      - { name: c, builtin: podHealth, maxRestarts: 1, minReady: 50 }
      - { name: d, query: "sum(rate(x{region=\\"{{region}}\\",pod=~\\"{{pods}}\\"}[{{interval}}]))", variables: { region: eu-1 }, min: -0.5, max: 1.5, unit: /s, emptyMeans: zero }
  approvals: [{ before: mirror }, { before: traffic }, { before: 50, from: ["group:a", mo], count: 2, notInitiator: false, expires: 1h, onExpiry: abort }, { before: promotion }]
  windows: [{ for: [start], days: [mon, sun], from: "09:00", to: "01:00", zone: Europe/Berlin }]
  freezes: [{ from: 2026-12-20, to: 2026-12-20, zone: UTC, reason: feast }]
  pause: { limit: 1h, onLimit: abort }
  onNewRevision: queue
  queue: all
  notify: [{ email: { to: [a.b+c@example.com] }, slack: { target: s }, webhook: { target: w } }]
  links: { runbook: "https://wiki.example.com/a?b=c#d" }
  needsYou: { again: 1m }
`,
  `apiVersion: sluice.dev/v1alpha1
kind: RolloutPlan
metadata: { name: gateway, namespace: demo }
spec:
  workload: { primary: a, canary: b, canaryLabels: { version: "" } }
  traffic:
    routes: [{ kind: HTTPRoute, name: a }]
    primary: { service: a, port: 80 }
    canary: { service: a, namespace: other, port: 80 }
  load: { during: { address: "https://a", requestsPerSecond: 1 } }
  affinity: { cookie: c, maxAge: 1h, cleanupAfter: 0s, path: /a, domain: example.com, sameSite: None, secure: true, httpOnly: false }
  analysis:
    series: { kind: app, requests: r, code: c, grpcStatus: g, durations: d, unit: ms, matchers: { handler: /a, method: { "=~": "GET|POST" }, region: { "=": "" } } }
    checks: [{ name: a, builtin: requestDuration, max: 1ms, quantile: 0.99 }]
    compare: {}
  approvals: [{ before: 100 }]
`,
  plain(),
  plain(
    BY_PODS,
    [', autoscaler: { min: 1, max: 10 }', ''],
    ['    mode', '    canary: { service: preview }\n    create: true\n    mode'],
  ),
];

/** What a change may put in some place; undefined: nothing. */
const VALUES = [
  ...[
    undefined,
    0,
    0.5,
    1,
    20,
    100,
    101,
    -1,
    '',
    'x',
    'a.b',
    'A',
    '1s',
    '999h',
    '1m1ms',
    '09:00',
    '2026-12-19',
    true,
    false,
  ],
  ...[
    [],
    {},
    ['x'],
    'podHealth',
    'requestDuration',
    'VirtualService',
    'GRPCRoute',
    'mirror',
    'promotion',
    'http://a',
    'hold',
  ],
];

type Parent = Record<string, unknown>;

/** Every place of a value, as what holds it and its key. */
function placesIn(value: unknown): [parent: Parent, key: string][] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Parent;
  return Object.keys(parent).flatMap((key) => [[parent, key] as [Parent, string], ...placesIn(parent[key])]);
}

describe('the kind RolloutPlan', () => {
  const SHIPPED = globSync('{examples,lab,docs}/**/*.yaml').filter((file) =>
    readFileSync(file, 'utf8').includes('kind: RolloutPlan'),
  );
  it.each(SHIPPED)('%s is taken', async (file) => {
    expect(await refusal(bench, readFileSync(file, 'utf8'))).toBeUndefined();
  });

  it.each(WHOLE)('every field is taken, as by the reader: %#', async (text) => {
    expect(loadPlanText(text, 'whole.yaml')).toHaveProperty('plan');
    expect(await refusal(bench, text)).toBeUndefined();
  });

  it('refuses nothing that the reader takes, and most of what it does not: plans changed at random', async () => {
    const bases = [EXAMPLE, ...WHOLE];
    const count = { taken: 0, refused: 0, told: 0 };
    const change = fc.tuple(fc.constantFrom(...bases), fc.nat(10_000), fc.constantFrom(...VALUES));
    const holds = fc.asyncProperty(change, async ([base, at, value]) => {
      const plan = parse(base) as KubeObject;
      const places = placesIn(plan.spec);
      const [parent, key] = places[at % places.length] ?? [{}, ''];
      if (value !== undefined) parent[key] = value;
      else if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      const text = JSON.stringify(plan);
      const isSound = 'plan' in loadPlanText(text, 'plan.json');
      const said = await refusal(bench, text);
      count[isSound ? 'taken' : said ? 'refused' : 'told'] += 1;
      if (isSound) expect(said).toBeUndefined();
    });
    await fc.assert(holds, { numRuns: 400 });
    expect(count.taken).toBeGreaterThan(20);
    expect(count.refused).toBeGreaterThan(5 * count.told);
  });

  it('what may be null is the same as left out', async () => {
    const nulls = ['acceptance', 'load', 'mirror', 'affinity', 'pause'].map((key) => `  ${key}: null\n`).join('');
    const text = EXAMPLE.replace(/ {2}acceptance:[\s\S]*(?= {2}shift)/, nulls).replace(
      WEIGHTS,
      `${WEIGHTS}, back: null`,
    );
    expect(text).toContain('mirror: null');
    expect(
      await refusal(bench, text.replace('failureThreshold', 'pods: null\n    compare: null\n    failureThreshold')),
    ).toBeUndefined();
  });
});
