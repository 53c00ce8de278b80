import { describe, expect, test } from 'vitest';
import { createCanary } from '../../../src/activities/create-canary.ts';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import type { Detected } from '../../../src/contract/detected.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import { selects } from '../../../src/kubernetes/objects/canonical.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { planFor } from '../../support/plan.ts';
import { DIGEST, RolloutCluster } from './support/rollout-cluster.ts';

type Spec = Deployment['spec'];

const IMAGES = ['reviews', 'r', 'l', 'new/r', 'team/app', 'team/proxy', 'registry:5000/team/proxy'];
const plan = planFor('reviews', { events: IMAGES.map((image) => ({ image })) });

/** A primary that somebody has shaped. */
function cluster(shape: (spec: Spec) => void = () => {}): RolloutCluster {
  const made = new RolloutCluster();
  made.edit(made.deployment('reviews-v1'), ({ spec }) => shape(spec));
  return made;
}

const containers =
  (containers: Record<string, string>, initContainers: Record<string, string> = {}) =>
  ({ template: { spec } }: Spec) => {
    const list = (all: Record<string, string>) => Object.entries(all).map(([name, image]) => ({ name, image }));
    spec.containers = list(containers);
    spec.initContainers = list(initContainers);
  };

function imagesOf({ template: { spec } }: Spec): Record<string, string> {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  return Object.fromEntries(all.map(({ name, image }) => [name, image]));
}

async function canaryOf(made: RolloutCluster, image: string | undefined, of: Plan = plan): Promise<Deployment> {
  const detected = await made.detect(image, of);
  if (detected.kind !== 'new') throw new Error(JSON.stringify(detected));
  const { epoch } = detected;
  const target = { plan: of, cluster: 'local', clusterUid: 'uid', rollout: `reviews-${epoch}`, epoch };
  await createCanary(made, { ...target, fence: { epoch, seq: 0 } });
  return made.deployment('reviews-v2');
}

function problemsOf(detected: Detected): string {
  if (detected.kind !== 'refused') throw new Error(JSON.stringify(detected));
  return detected.problems.map(({ where, problem, remedy }) => `${where}: ${problem}; ${remedy}`).join('\n');
}

const naming = (...names: string[]): Plan => ({ ...plan, workload: { ...plan.workload, containers: names } });
const sidecar = { proxy: 'registry:5000/team/proxy:8' };

describe('the repository of the image decides which containers get it', () => {
  test.each<[string, string, Record<string, string>, Record<string, string>, Record<string, string>]>([
    ['one of two', 'team/app:2', { app: 'team/app:1', ...sidecar }, {}, { app: 'team/app:2', ...sidecar }],
    [
      'not the first',
      'registry:5000/team/proxy:9',
      { app: 'a:1', ...sidecar },
      {},
      { app: 'a:1', proxy: 'registry:5000/team/proxy:9' },
    ],
    [
      'init containers and sidecars',
      'r:2',
      { app: 'r:1' },
      { migrate: 'r:1', log: 'l:1' },
      { app: 'r:2', migrate: 'r:2', log: 'l:1' },
    ],
    ['an init container alone', 'l:2', { app: 'r:1' }, { log: 'l:1' }, { app: 'r:1', log: 'l:2' }],
    [
      'another spelling',
      'docker.io/library/r:2',
      { app: 'index.docker.io/r:1', b: 'r' },
      {},
      { app: 'docker.io/library/r:2', b: 'docker.io/library/r:2' },
    ],
    [
      'by digest',
      `r@${DIGEST}`,
      { app: `r:1@sha256:${'b'.repeat(64)}`, b: 'other/r:1' },
      {},
      { app: `r@${DIGEST}`, b: 'other/r:1' },
    ],
    ['all of several versions', 'r:3', { app: 'r:1', worker: 'r:2' }, {}, { app: 'r:3', worker: 'r:3' }],
    ['the one that lags behind', 'r:2', { app: 'r:2' }, { migrate: 'r:1' }, { app: 'r:2', migrate: 'r:2' }],
  ])('%s: %s', async (_, image, main, init, expected) => {
    const canary = await canaryOf(cluster(containers(main, init)), image);
    expect(imagesOf(canary.spec)).toEqual(expected);
  });

  test('unless the plan names them', async () => {
    const made = () => cluster(containers({ app: 'r:1', worker: 'r:1' }, { migrate: 'old/r:1' }));
    const one = await canaryOf(made(), 'r:2', naming('app'));
    expect(imagesOf(one.spec)).toEqual({ app: 'r:2', worker: 'r:1', migrate: 'old/r:1' });
    const moved = await canaryOf(made(), 'new/r:2', naming('app', 'migrate'));
    expect(imagesOf(moved.spec)).toEqual({ app: 'new/r:2', worker: 'r:1', migrate: 'new/r:2' });
    expect(problemsOf(await made().detect('r:2', naming('app', 'nobody')))).toContain(
      'no container nobody; it has app (r:1)',
    );
  });

  test('and an image of no container is refused, with what is there', async () => {
    const made = cluster(containers({ app: 'team/app:1', ...sidecar }));
    expect(problemsOf(await made.detect('team/proxy:9'))).toContain(
      'no container has an image of the repository of team/proxy:9; it has app (team/app:1), proxy (registry:5000/team/proxy:8)',
    );
  });

  test.each(['evil.example.com/app:1', 'reviews2:1'])('but %s is refused: the plan does not list it', async (image) => {
    const made = cluster(containers({ app: 'team/app:1' }));
    const foreign = await made.detect(image, naming('app'));
    expect(problemsOf(foreign)).toContain(`plan demo/reviews: it does not list the image ${image}; deploy an image`);
    const from = { ...plan, events: [{ image: 'team/app', from: { repository: 'acme/app' } }] };
    expect(problemsOf(await made.detect('team/app:2', from))).toContain('it does not take team/app:2 from an unproven');
  });

  test('an event without an image is about those of the plan', async () => {
    const made = cluster(containers({ proxy: 'proxy:1', app: 'reviews:1' }));
    const quiet = { ...plan, events: [{ image: 'docker.io/reviews' }] };
    made.edit(made.deployment('reviews-v1'), ({ spec }) => {
      for (const one of spec.template.spec.containers) one.envFrom = [{ configMapRef: { name: 'settings' } }];
    });
    expect(await made.detect(undefined, quiet)).toMatchObject({ kind: 'new', revision: { image: 'reviews:1' } });
  });

  test('different versions of one repository are pointed out', async () => {
    const made = cluster(containers({ app: 'r:1', worker: 'r:2' }));
    expect(await made.detect('r:3')).toMatchObject({
      warnings: expect.arrayContaining([
        expect.stringContaining("app, worker run r:1 and r:2 and all get the event's image"),
      ]),
    });
  });

  test('the digest that ran is promoted in all of them', async () => {
    const made = cluster(containers({ app: 'reviews:v1' }, { migrate: 'reviews:v1' }));
    const rollout = await made.begin('reviews:v2');
    made.edit(made.deployment('reviews-v2'), ({ spec }) => (spec.replicas = 1));
    made.put('pods', {
      metadata: { name: 'canary', namespace: 'demo', labels: { app: 'reviews', version: 'v2' } },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ name: 'app', imageID: `docker.io/library/reviews@${DIGEST}` }],
        initContainerStatuses: [{ name: 'migrate', imageID: `reviews@${DIGEST}` }],
      },
    });
    const image = `reviews:v2@${DIGEST}`;
    expect(await upgradePrimary(made, { ...rollout.as(2), replicas: 2 })).toMatchObject({ image });
    expect(imagesOf(made.deployment('reviews-v1').spec)).toEqual({ app: image, migrate: image });
    expect(await made.detect('reviews:v2')).toMatchObject({ kind: 'unchanged' });
  });
});

test.each([
  ['reviews:v1', /same tag \(v1\) and no digest.*send reviews:v1@sha256:/],
  ['docker.io/library/reviews:v1', /send docker.io\/library\/reviews:v1@sha256:/],
])('a tag that is pushed again without a digest: %s', async (image, hint) => {
  expect(await cluster().detect(image, naming('reviews'))).toMatchObject({
    kind: expect.stringMatching(/unchanged|new/),
  });
  const answer = await cluster(containers({ reviews: image })).detect(image);
  expect(answer).toMatchObject({ kind: 'unchanged', unseen: expect.stringMatching(hint) });
});

const [A, B] = ['a', 'b'].map((one) => `@sha256:${one.repeat(64)}`);
describe('an image by its digest', () => {
  test.each([
    ['reviews:v1', `reviews:v1${A}`, 'new'],
    ['reviews:v1', `reviews${A}`, 'new'],
    [`reviews:v1${A}`, `reviews:v1${A}`, 'unchanged'],
    [`reviews:v1${A}`, `reviews${A}`, 'unchanged'],
    [`reviews:v1${A}`, `docker.io/library/reviews:v2${A}`, 'unchanged'],
    [`reviews:v1${A}`, `reviews:v1${B}`, 'new'],
    [`reviews${A}`, `reviews${B}`, 'new'],
    [`reviews${A}`, `reviews${A}`, 'unchanged'],
    [`reviews:latest${A}`, `reviews:latest${B}`, 'new'],
    [`reviews@sha512:${'a'.repeat(128)}`, `reviews@sha512:${'a'.repeat(128)}`, 'unchanged'],
    [`reviews@sha512:${'a'.repeat(128)}`, `reviews${A}`, 'new'],
    [`evil.example.com/reviews${A}`, `evil.example.com/reviews${A}`, 'refused'],
  ])('where %s runs, %s is %s', async (runs, image, kind) => {
    const detected = await cluster(containers({ reviews: runs })).detect(image);
    expect(detected.kind).toBe(kind);
    expect(detected).not.toHaveProperty('unseen');
  });

  test('goes to the canary as it was asked for, and to the primary after it', async () => {
    const made = cluster(containers({ reviews: 'reviews:v1' }));
    const rollout = await made.begin(`reviews${B}`);
    expect(imagesOf(made.deployment('reviews-v2').spec)).toEqual({ reviews: `reviews${B}` });
    expect(await upgradePrimary(made, { ...rollout.as(2), replicas: 2 })).toMatchObject({ image: `reviews${B}` });
  });
});

describe('a canary made from a primary whose selector has expressions', () => {
  const v1 = { app: 'reviews', version: 'v1' };
  test.each<[string, Spec['selector']]>([
    ['In', { matchExpressions: [{ key: 'version', operator: 'In', values: ['v1'] }] }],
    [
      'In beside labels',
      { matchLabels: { app: 'reviews' }, matchExpressions: [{ key: 'version', operator: 'In', values: ['v1', 'v0'] }] },
    ],
    [
      'NotIn',
      {
        matchLabels: { app: 'reviews' },
        matchExpressions: [{ key: 'version', operator: 'NotIn', values: ['v2', 'v3'] }],
      },
    ],
    [
      'Exists beside In',
      {
        matchExpressions: [
          { key: 'app', operator: 'Exists' },
          { key: 'version', operator: 'In', values: ['v1'] },
        ],
      },
    ],
    ['DoesNotExist', { matchLabels: v1, matchExpressions: [{ key: 'legacy', operator: 'DoesNotExist' }] }],
  ])('%s: selects its own pods and no others', async (_, selector) => {
    const canary = await canaryOf(
      cluster((spec) => (spec.selector = selector)),
      'reviews:v2',
    );
    const { labels = {} } = canary.spec.template.metadata ?? {};
    expect(selects(canary.spec.selector, labels)).toBe(true);
    expect(selects(selector, labels)).toBe(false);
    const shared = 'app' in (selector.matchLabels ?? {}) || selector.matchExpressions?.[0]?.key === 'app';
    for (const other of [v1, ...(shared ? [{ app: 'other', version: 'v2' }] : [])])
      expect(selects(canary.spec.selector, other)).toBe(false);
  });

  test.each<[string, Spec['selector']]>([
    ['Exists', { matchLabels: { app: 'reviews' }, matchExpressions: [{ key: 'version', operator: 'Exists' }] }],
    ['In, the canary among them', { matchExpressions: [{ key: 'version', operator: 'In', values: ['v1', 'v2'] }] }],
  ])('%s: refused, as it selects the canary too', async (_, selector) => {
    const answer = await cluster((spec) => (spec.selector = selector)).detect('reviews:v2');
    expect(problemsOf(answer)).toMatch(/selector matches the canary's pods.*must be made anew/);
  });
});

describe('configuration that is left out of revisions', () => {
  const leaveOut = (made: RolloutCluster, value: string) => {
    const key = 'configmaps/demo/settings';
    const found = made.objects.get(key);
    if (found)
      made.put('configmaps', {
        ...found,
        metadata: { ...found.metadata, annotations: { 'sluice.dev/in-revision': value } },
      });
  };
  async function promoted(): Promise<RolloutCluster> {
    const made = new RolloutCluster();
    const rollout = await made.begin('reviews:v2');
    await upgradePrimary(made, { ...rollout.as(1), replicas: 2 });
    return made;
  }
  const rotate = (made: RolloutCluster) => {
    const found = made.objects.get('configmaps/demo/settings');
    if (found) made.put('configmaps', { ...found, data: { value: 'rotated' } });
  };

  test('a change of it makes no new revision, and neither does leaving it out', async () => {
    const made = await promoted();
    leaveOut(made, 'false');
    expect(await made.detect('reviews:v2')).toMatchObject({ kind: 'unchanged' });
    rotate(made);
    expect(await made.detect('reviews:v2')).toMatchObject({ kind: 'unchanged' });
  });

  test('any other value keeps it in', async () => {
    const made = await promoted();
    leaveOut(made, 'true');
    rotate(made);
    expect(await made.detect('reviews:v2')).toMatchObject({ kind: 'new' });
  });
});

describe('what is in the canary’s way is said at the start', () => {
  const main = (more: object) => (spec: Spec) => Object.assign(spec.template.spec.containers[0] ?? {}, more);
  const pod = (more: object) => (spec: Spec) => Object.assign(spec.template.spec, more);
  const labelSelector = { matchLabels: { app: 'reviews' } };
  test.each<[string, (spec: Spec) => void, RegExp]>([
    ['hostPort', main({ ports: [{ containerPort: 1, hostPort: 80 }] }), /port 80 of their node \(hostPort\)/],
    [
      'hostNetwork',
      (spec) => {
        main({ ports: [{ containerPort: 9080 }] })(spec);
        pod({ hostNetwork: true })(spec);
      },
      /port 9080 .*hostNetwork/,
    ],
    ['Recreate', (spec) => (spec.strategy = { type: 'Recreate' }), /strategy Recreate: an upgrade may end all/],
    [
      'maxUnavailable',
      (spec) => (spec.strategy = { rollingUpdate: { maxUnavailable: '100%' } }),
      /maxUnavailable 100%: an upgrade may end all/,
    ],
    [
      'spread',
      pod({ topologySpreadConstraints: [{ topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] }),
      /spread over zone says DoNotSchedule/,
    ],
    [
      'anti-affinity',
      pod({
        affinity: {
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector }] },
        },
      }),
      /selects pods of primary and canary.*by zone/,
    ],
  ])('%s', async (_, shape, warning) => {
    const of = { ...plan, scale: { ...plan.scale, readyTimeoutMs: 500_000 } };
    expect(await cluster(shape).detect('reviews:v2', of)).toMatchObject({
      warnings: expect.arrayContaining([expect.stringMatching(warning)]),
    });
  });

  test.each<[string, object, RegExp]>([
    [
      'resourcequotas',
      { status: { hard: { pods: '3' }, used: { pods: '2' } } },
      /room for 1 more pods \(pods: 2 of 3 used\).*needs 2/,
    ],
    [
      'resourcequotas',
      { status: { hard: { 'requests.cpu': '1500m' }, used: { 'requests.cpu': '1' } } },
      /room for 0 more/,
    ],
    [
      'poddisruptionbudgets',
      { spec: { selector: { matchLabels: { version: 'v1' } } } },
      /keeps pods of reviews-v1 and none of reviews-v2/,
    ],
    [
      'persistentvolumeclaims',
      { spec: { accessModes: ['ReadWriteOnce'] } },
      /claim data is ReadWriteOnce: .* only on the node/,
    ],
  ])('%s: %j', async (resource, object, warning) => {
    const made = cluster((spec) => {
      main({ resources: { requests: { cpu: '0.6' } } })(spec);
      pod({ volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] })(spec);
    });
    made.put(resource, { metadata: { name: 'data', namespace: 'demo' }, ...object });
    expect(await made.detect('reviews:v2')).toMatchObject({
      warnings: expect.arrayContaining([expect.stringMatching(warning)]),
    });
  });

  test('a test job whose pods would pass for the canary’s is refused', async () => {
    const job = (labels: Record<string, string>) => ({
      template: { metadata: { labels }, spec: { containers: [{ name: 'smoke', image: 'smoke:v1' }] } },
    });
    const of = (labels: Record<string, string>): Plan => ({
      ...plan,
      acceptance: [{ name: 'smoke', job: job(labels), timeoutMs: 1 }],
    });
    expect(problemsOf(await cluster().detect('reviews:v2', of({ version: 'v2' })))).toContain(
      'acceptance test smoke: its pods would pass for those of',
    );
    expect(await cluster().detect('reviews:v2', of({ app: 'smoke' }))).toMatchObject({ kind: 'new' });
  });

  test('or that nobody knows, where it may not be read', async () => {
    const made = cluster();
    const { list } = made;
    made.list = (ref, ...more) => {
      if (ref.kind !== 'ResourceQuota') return list.call(made, ref, ...more) as never;
      throw new ClusterError({ verb: 'list', object: ref.kind, reason: 'forbidden' });
    };
    expect(await made.detect('reviews:v2')).toMatchObject({
      warnings: expect.arrayContaining([expect.stringMatching(/^ResourceQuotas in demo may not be read/)]),
    });
  });

  test('and refused where it cannot work', async () => {
    const slow = cluster((spec) => (spec.minReadySeconds = 600));
    expect(problemsOf(await slow.detect('reviews:v2'))).toMatch(
      /available after 600 s at the earliest.*readyTimeout is \d+ s/,
    );
    const alone = cluster(pod({ volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] }));
    alone.put('persistentvolumeclaims', {
      metadata: { name: 'data', namespace: 'demo' },
      spec: { accessModes: ['ReadWriteOncePod'] },
    });
    expect(problemsOf(await alone.detect('reviews:v2'))).toContain('ReadWriteOncePod, so no canary pod can start');
  });
});
