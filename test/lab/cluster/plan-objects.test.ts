/**
 * deploy/crds/rolloutplans.yaml on the API server: which plans it takes, with which sentence it refuses others, and what Sluice says of those
 * that only it can tell; with the rights of deploy/features/plans.yaml.
 */
import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { currentLab } from '../../../lab/index.ts';
import { noFile, watchPlans } from '../../../src/installation/index.ts';
import type { KubeObject, Ref } from '../../../src/kubernetes/client/client.ts';
import { formatProblems, loadPlanText } from '../../../src/plan/index.ts';
import { apply, kubectl } from '../../support/lab/cluster.ts';
import { changed, EXAMPLE } from '../../support/plan-text.ts';
import { type Bench, closeBench, knowPlans, openBench } from './support.ts';

let bench: Bench;
const plural = { apiVersion: 'sluice.dev/v1alpha1', resource: 'rolloutplans', kind: 'RolloutPlan' };
const planRef = (name: string): Ref => ({ ...plural, namespace: bench.namespace, name });

beforeAll(async () => {
  bench = await openBench();
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'rolebindings', kind: 'RoleBinding' };
  await bench.client.create(
    { ...rbac, namespace: bench.namespace, name: 'plans' },
    {
      metadata: { name: 'plans' },
      ...{ subjects: [{ kind: 'ServiceAccount', name: 'sluice', namespace: 'sluice' }] },
      ...{ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'sluice-plans' } },
    },
  );
  await knowPlans(bench.client, bench.namespace);
});
afterAll(() => closeBench(bench));

/** As server and worker read them, as the product's service account. */
function productPlans(namespace = bench.namespace) {
  const known = { ...noFile().known, planSources: [{ name: 'cluster', namespaces: [namespace] }] };
  const installation = { known, current: async () => known };
  return watchPlans(pino({ level: 'silent' }), installation, undefined, currentLab().productKubeconfig);
}

/** @returns what the API server says, or undefined when it takes the plan */
async function refusal(text: string): Promise<string | undefined> {
  const object = parse(text) as KubeObject;
  const { name } = object.metadata;
  const here = { ...object, metadata: { ...object.metadata, namespace: bench.namespace } };
  const answer = bench.client.create(planRef(name), here, { dryRun: true });
  return answer.then(
    () => undefined,
    (error: Error) => error.message,
  );
}

const WEIGHTS = 'weights: [20, 40, 60, 80, 100]';
/** The example without a mesh. */
const plain = (...edits: [from: string, to: string][]) =>
  changed(
    ['kind: VirtualService', 'kind: Service'],
    ['    primary: { host: reviews, subset: v1 }\n', ''],
    ['    canary: { host: reviews, subset: v2 }\n', ''],
    ['  mirror: { percent: 100, every: 1m, iterations: 10 }\n', ''],
    [WEIGHTS, 'weights: [100]'],
    ...edits,
  );
const BY_PODS: [from: string, to: string] = ['terminationDrain', 'mode: pods\n    terminationDrain'];
const REFUSED: [name: string, text: string, sentence: string][] = [
  ['weights that do not grow', changed([WEIGHTS, 'weights: [20, 60, 40, 100]']), 'the weights do not grow'],
  ['a last weight below 100', changed([WEIGHTS, 'weights: [20, 40]']), 'the last weight is not 100'],
  [
    'weights said twice',
    changed([WEIGHTS, `${WEIGHTS}, stages: [{ weight: 100 }]`]),
    'weights or every beside stages would say the same twice',
  ],
  [
    'stages that do not grow',
    changed([`${WEIGHTS}, every: 1m`, 'stages: [{ weight: 20 }, { weight: 20 }, { weight: 100 }]']),
    'the weights do not grow',
  ],
  [
    'a way back that grows',
    changed([WEIGHTS, `${WEIGHTS}, back: { weights: [20, 60] }`]),
    'write whole percents from 99 to 1 that shrink',
  ],
  ['no number where one is needed', changed(['replicas: 1', 'replicas: one']), 'must be of type integer'],
  [
    'more percent than there are',
    changed(['mirror: { percent: 100', 'mirror: { percent: 101']),
    'should be less than or equal to 100',
  ],
  ['no analysis', EXAMPLE.replace(/ {2}analysis:[\s\S]*(?= {2}onNewRevision)/, ''), 'spec.analysis: Required value'],
  ['a name with a dot', changed(['name: reviews, namespace', 'name: reviews.v1, namespace']), 'write a DNS label'],
  [
    'the primary as canary',
    changed(['canary: reviews-v2', 'canary: reviews-v1']),
    'spec.workload.canary: Invalid value: name another Deployment than the primary',
  ],
  [
    'a Deployment with capitals',
    changed(['primary: reviews-v1', 'primary: Reviews']),
    'spec.workload.primary in body should match',
  ],
  [
    'images of events beside those of the canary',
    changed(['containers: [reviews]', 'source: canary']),
    'spec.events: Invalid value: with source: canary no event brings an image',
  ],
  [
    'a queue behind a canary',
    changed(['containers: [reviews]', 'source: canary'], ['onNewRevision: supersede', 'onNewRevision: queue']),
    'spec.onNewRevision: Invalid value: with source: canary a running rollout can only give way',
  ],
  [
    'a running canary that is others',
    changed(['containers: [reviews]', 'source: canary\n    adoptRunning: true']),
    'spec.workload.adoptRunning: Invalid value: with source: canary a canary begins at zero',
  ],
  ['labels without a label', changed(['{ version: v2 }', '{}']), 'write at least one label'],
  [
    'an image twice',
    changed(['bookinfo/reviews\n', 'bookinfo/reviews\n    - image: registry.example.com/bookinfo/reviews\n']),
    'Duplicate value: {"image":"registry.example.com/bookinfo/reviews"}',
  ],
  [
    'an origin that says nothing',
    changed(['bookinfo/reviews\n', 'bookinfo/reviews\n      from: {}\n']),
    'write a repository, an environment or both',
  ],
  [
    'a kind of route that nobody knows',
    changed(['kind: VirtualService', 'kind: Ingress']),
    'supported values: "VirtualService", "HTTPRoute", "GRPCRoute"',
  ],
  [
    'a route twice',
    changed(['name: reviews }', 'name: reviews }\n      - { kind: VirtualService, name: reviews }']),
    'a route is in the list twice',
  ],
  [
    'routes of two families',
    changed(['name: reviews }', 'name: reviews }\n      - { kind: HTTPRoute, name: reviews }']),
    'keep them in plans of their own',
  ],
  [
    'a destination of the other family',
    changed(['{ host: reviews, subset: v2 }', '{ service: reviews, port: 80 }']),
    'spec.traffic.canary: Invalid value: for VirtualService write { host: reviews, subset: v1 }',
  ],
  [
    'one destination for both',
    changed(['subset: v2', 'subset: v1']),
    'spec.traffic.canary: Invalid value: this is the destination of the primary',
  ],
  [
    'weights of a Service that is switched',
    plain(['weights: [100]', 'weights: [20, 100]']),
    'users are switched from one side to the other',
  ],
  ['a mirror of a Service', plain(['  shift:', '  mirror: { percent: 100 }\n  shift:']), 'or leave mirror out'],
  ['an autoscaler of a share', plain(BY_PODS), "the canary's pods are its share of the users"],
  ['a mode of a route that splits by percent', changed(BY_PODS), 'only routes that split users by pods have one'],
  [
    'a destination of a Service',
    plain(['    terminationDrain', '    primary: { service: a }\n    terminationDrain']),
    'leave it out',
  ],
  [
    'a duration without a unit',
    changed(['terminationDrain: 30s', 'terminationDrain: "30"']),
    'write a duration with units from 0s to 1h',
  ],
  [
    'a duration that is too long',
    changed(['terminationDrain: 30s', 'terminationDrain: 2h']),
    'write a duration with units from 0s to 1h',
  ],
  ['bounds the wrong way round', changed(['{ min: 2, max: 10 }', '{ min: 20, max: 10 }']), 'min is more than max'],
  [
    'more replicas than the autoscaler has',
    changed(['replicas: 1', 'replicas: 11']),
    "spec.scale.canary.replicas: Invalid value: more than the autoscaler's max",
  ],
  [
    'a test without a way',
    changed(['http: { path: /health, expect: { status: 200 } }', 'timeout: 1s']),
    'write either http',
  ],
  ['a load test without an end', changed(['duration: 30s, ', '']), 'write requestsPerSecond and duration, or during'],
  [
    'numbers from two places',
    changed(['prometheus: http', 'source: default\n    prometheus: http']),
    'the numbers come from the metric source already',
  ],
  ['a check twice', changed(['name: duration,', 'name: success-rate,']), 'Duplicate value: {"name":"success-rate"}'],
  [
    'a check that nobody knows',
    changed(['builtin: requestDuration', 'builtin: requestLuck']),
    'supported values: "requestSuccessRate", "requestDuration", "podHealth"',
  ],
  [
    'a field of another check',
    changed(['min: 99', 'min: 99, quantile: 0.5']),
    'with builtin: requestSuccessRate leave out query',
  ],
  [
    'a check that lacks its limit',
    changed(['requestSuccessRate, min: 99', 'requestSuccessRate']),
    'with builtin: requestSuccessRate write min',
  ],
  [
    'a comparison without requests',
    changed(
      [
        '{ name: success-rate, builtin: requestSuccessRate, min: 99 }',
        '{ name: pods, builtin: podHealth }\n    compare: {}',
      ],
      ['      - { name: duration, builtin: requestDuration, quantile: 0.99, max: 500ms }\n', ''],
    ),
    'podHealth sees no requests',
  ],
  [
    'pods that nobody compares',
    changed(['failureThreshold', 'pods: {}\n    failureThreshold']),
    'spec.analysis.pods: Invalid value: what the pods count is only compared',
  ],
  [
    'an approval before no weight',
    changed(['onNew', 'approvals: [{ before: 30 }]\n  onNew']),
    'spec.approvals: Invalid value: before names no weight of the plan',
  ],
  [
    'an approval before what is not there',
    changed(
      ['onNew', 'approvals: [{ before: mirror }]\n  onNew'],
      ['mirror: {', 'load: {'],
      ['  load: { requestsPerSecond: 50, duration: 30s, path: /, expect: { successRate: 99 } }\n', ''],
      ['load: { percent: 100, every: 1m, iterations: 10 }', 'pause: { limit: 1h, onLimit: abort }'],
    ),
    'the plan has no mirror',
  ],
  [
    'two approvals before the same',
    changed(['onNew', 'approvals: [{ before: 20 }, { before: 20 }]\n  onNew']),
    'Duplicate value: {"before":20}',
  ],
  [
    'an approval before nothing that is known',
    changed(['onNew', 'approvals: [{ before: lunch }]\n  onNew']),
    'write mirror, match, traffic, promotion, or a whole number from 1 to 100',
  ],
  [
    'an expiry that never comes',
    changed(['onNew', 'approvals: [{ before: 20, onExpiry: abort }]\n  onNew']),
    'the approval does not expire',
  ],
  [
    'more approvals than people',
    changed(['onNew', 'approvals: [{ before: 20, from: [mo], count: 2 }]\n  onNew']),
    'spec.approvals[0].count: Invalid value: more approvals than people',
  ],
  [
    'a freeze that ends before it begins',
    changed(['onNew', 'freezes: [{ from: 2026-12-20, to: 2026-12-19, zone: UTC }]\n  onNew']),
    'spec.freezes[0].to: Invalid value: write the first day or a later one',
  ],
  [
    'a queue in which nothing waits',
    changed(['onNew', 'queue: all\n  onNew']),
    'write onNewRevision: queue, or remove queue',
  ],
  [
    'news for nobody',
    changed(['email: { to: [team@example.com] }', '{}']),
    'write email, slack, webhook or several of them',
  ],
  ['an address that is none', changed(['team@example.com', 'team']), 'spec.notify[0].email.to[0] in body'],
  [
    'a cookie that browsers drop',
    changed(['onNew', 'affinity: { cookie: c, sameSite: None }\n  onNew']),
    'write secure: true',
  ],
];

const CHECK = '{ name: duration, builtin: requestDuration, quantile: 0.99, max: 500ms }';
const query = (rest: string) => changed([CHECK, `{ name: q, query: ${rest} }`]);

/** What a schema and CEL cannot say: the reader tells it. */
const TOLD: [name: string, text: string, sentence: string][] = [
  ['an image with a tag', changed(['bookinfo/reviews\n', 'bookinfo/reviews:v1\n']), 'the name has the tag "v1"'],
  ['a query that is none', query("'sum(rate(x[1m])', max: 1"), 'spec.analysis.checks[1].query: '],
  ['a query without a limit', query('\'sum(rate(x{pod=~"{{pods}}"}[{{interval}}]))\''), 'the check has no limit'],
  [
    'a duration as a number',
    changed(['max: 500ms', 'max: 500']),
    'spec.analysis.checks[1].max: 500 is not allowed here',
  ],
  [
    'a time zone that is not there',
    changed(['onNew', 'windows: [{ days: [mon], from: "09:00", to: "17:00", zone: Mars/Base }]\n  onNew']),
    'write the name of a time zone',
  ],
  [
    'a comparison of nothing',
    changed(['failureThreshold', 'compare: { errors: false, latency: false }\n    failureThreshold']),
    'spec.analysis.compare: nothing is compared',
  ],
  [
    'a login in an address',
    changed(['http://prometheus', 'http://me:secret@prometheus']),
    'the URL carries a user name',
  ],
  [
    'a source of numbers that nobody has',
    changed(['prometheus: http://prometheus:9090', 'source: default']),
    'spec.analysis.source: there is no metric source default',
  ],
];

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
  it.each(REFUSED)('%s is refused', async (_, text, sentence) => {
    expect(await refusal(text)).toContain(sentence);
  });

  const SHIPPED = globSync('{examples,lab,docs}/**/*.yaml').filter((file) =>
    readFileSync(file, 'utf8').includes('kind: RolloutPlan'),
  );
  it.each(SHIPPED)('%s is taken', async (file) => {
    expect(await refusal(readFileSync(file, 'utf8'))).toBeUndefined();
  });

  it.each(WHOLE)('every field is taken, as by the reader: %#', async (text) => {
    expect(loadPlanText(text, 'whole.yaml')).toHaveProperty('plan');
    expect(await refusal(text)).toBeUndefined();
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
      const said = await refusal(text);
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
      await refusal(text.replace('failureThreshold', 'pods: null\n    compare: null\n    failureThreshold')),
    ).toBeUndefined();
  });

  it.each(TOLD)('%s is taken, and told when plans are read', async (_, text, sentence) => {
    const { client, namespace } = bench;
    const object = parse(text) as KubeObject;
    await client.create(planRef('reviews'), { ...object, metadata: { name: 'reviews', namespace } });
    const { plans, broken } = await productPlans().current();
    await client.delete(planRef('reviews'));
    expect(plans).toEqual([]);
    const told = formatProblems(broken.flatMap(({ problems }) => problems));
    expect(told).toMatch(new RegExp(`^RolloutPlan ${namespace}/reviews: spec\\.`));
    expect(told).toContain(sentence);
  });

  it('is read by the product with its role and no other right, each generation of it', async () => {
    const { client, namespace } = bench;
    await client.create(planRef('reviews'), { ...parse(EXAMPLE), metadata: { name: 'reviews', namespace } });
    const source = productPlans();
    const files = async () => (await source.current()).plans.map(({ file }) => file);
    expect(await files()).toEqual([`RolloutPlan ${namespace}/reviews, generation 1`]);
    await client.patch(planRef('reviews'), [{ op: 'replace', path: '/spec/mirror/percent', value: 50 }]);
    expect(await files()).toEqual([`RolloutPlan ${namespace}/reviews, generation 2`]);
    await client.delete(planRef('reviews'));
    expect(await files()).toEqual([]);
    const elsewhere = productPlans('kube-system').current();
    await expect(elsewhere).rejects.toThrow(/bind ClusterRole sluice-plans of deploy\/features\/plans.yaml/);
  });

  it('is shown and explained, and kubectl refuses a key that it does not know', async () => {
    const { client, namespace } = bench;
    await client.create(planRef('reviews'), { ...parse(EXAMPLE), metadata: { name: 'reviews', namespace } });
    const [head, row] = (await kubectl('-n', namespace, 'get', 'rp')).split('\n');
    expect(head?.split(/ +/)).toEqual(['NAME', 'PRIMARY', 'STATE', 'ROLLOUT', 'READY', 'AGE']);
    expect(row).toMatch(/^reviews +reviews-v1 /);
    expect(await kubectl('explain', 'rolloutplan.spec.shift.every')).toContain('default: 1m');
    const { spec, ...rest } = { ...parse(EXAMPLE), metadata: { name: 'ratings', namespace } };
    const asked = apply([{ ...rest, spec: { ...spec, approvalz: [] } }]);
    await expect(asked).rejects.toThrow(/unknown field "(spec\.)?approvalz"/);
  });
});
