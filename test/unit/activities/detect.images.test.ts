import { describe, expect, test } from 'vitest';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { DIGEST } from './support/rollout-cluster.ts';
import { canaryOf, cluster, plan, problemsOf, type Spec } from './support/shaped-cluster.ts';

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
