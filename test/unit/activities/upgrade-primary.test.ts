import { describe, expect, test } from 'vitest';
import { restorePrimary } from '../../../src/activities/restore-primary.ts';
import { scaleCanary } from '../../../src/activities/scale-canary.ts';
import { scaleCanaryToZero } from '../../../src/activities/scale-canary-to-zero.ts';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import { configOf } from '../../../src/kubernetes/objects/revisions.ts';
import { DIGEST, RolloutCluster } from './support/rollout-cluster.ts';

const PINNED = `reviews:v2@${DIGEST}`;
const MOVED = `sha256:${'b'.repeat(64)}`;

/** A rollout whose canary has been tested, with what its pods say they run. */
async function tested(cluster: RolloutCluster, ...imageIds: string[]) {
  const rollout = await cluster.begin();
  await scaleCanary(cluster, { ...rollout.as(1), replicas: 1, template: true });
  cluster.putPods(...imageIds);
  const upgrade = (seq: number, more: object = {}) =>
    upgradePrimary(cluster, { ...rollout.as(seq), replicas: 5, ...more });
  const restore = (seq: number, more: object = {}) =>
    restorePrimary(cluster, { ...rollout.as(seq), replicas: 5, ...more });
  return { ...rollout, upgrade, restore };
}

describe('what was tested is promoted', () => {
  test.each([
    ['containerd', `docker.io/library/reviews@${DIGEST}`],
    ['Docker', `docker-pullable://reviews@${DIGEST}`],
  ])('by the digest that ran in the canary, as %s says it', async (_, imageId) => {
    const cluster = new RolloutCluster();
    const { upgrade, revision, as } = await tested(cluster, imageId, imageId);
    expect(await upgrade(2)).toEqual({ kind: 'written', image: PINNED });
    expect(cluster.image('reviews-v1')).toBe(PINNED);
    expect(await upgrade(2)).toMatchObject({ kind: 'written' });
    // offered again, the primary runs it already, under its tag's name
    expect(await cluster.detect('reviews:v2')).toMatchObject({ kind: 'unchanged', revision });
    expect(await cluster.detect(PINNED)).toMatchObject({ kind: 'unchanged' });
    await scaleCanaryToZero(cluster, as(3));
    expect(await cluster.detect(`reviews:v2@sha256:${'b'.repeat(64)}`)).toMatchObject({ kind: 'new' });
  });

  test.each([
    ['without a digest', [`sha256:${'c'.repeat(64)}`]],
    ["with another repository's", [`ratings@${DIGEST}`]],
    ['without pods', []],
  ])('%s by its tag, and that is said', async (_, imageIds) => {
    const cluster = new RolloutCluster();
    const { upgrade } = await tested(cluster, ...imageIds);
    expect(await upgrade(2)).toMatchObject({ image: 'reviews:v2', warning: expect.stringContaining('by its tag') });
    expect(cluster.image('reviews-v1')).toBe('reviews:v2');
  });

  test.each([
    ['in a pod that came later', [`reviews@${DIGEST}`, `reviews@${MOVED}`], undefined, 'reviews:v2'],
    ['in all of them since they were first ready', [`reviews@${MOVED}`], [DIGEST], `reviews:v2@${MOVED}`],
    ['in one that ended', [`reviews@${DIGEST}`], [DIGEST, MOVED], PINNED],
  ])('a tag that was moved under the test, %s, is asked about', async (_, imageIds, before, then) => {
    const cluster = new RolloutCluster();
    const { upgrade } = await tested(cluster, ...imageIds);
    const ran = before && { reviews: before };
    const asked = await upgrade(2, { ran });
    const digests = `reviews:v2 (${DIGEST}, ${MOVED})`;
    expect(asked).toEqual({ kind: 'drift', digests, sentence: expect.stringContaining(digests) });
    expect(cluster.image('reviews-v1')).toBe('reviews:v1');
    // what a person has accepted is that, and no third one
    const third = { reviews: [`sha256:${'c'.repeat(64)}`] };
    expect(await upgrade(3, { ran: third, acceptDigests: digests })).toMatchObject({ kind: 'drift' });
    expect(await upgrade(4, { ran, acceptDigests: digests })).toMatchObject({ kind: 'written', image: then });
    expect(cluster.image('reviews-v1')).toBe(then);
  });

  test('each of several images that events bring, by its own digest, and what others bring as it is', async () => {
    const cluster = new RolloutCluster();
    cluster.edit(cluster.deployment('reviews-v1'), ({ spec }) => {
      const more = ['team/app:v1', 'team/app:v1', 'agent:v1'];
      spec.template.spec.containers.push(...more.map((image, index) => ({ name: `more-${index}`, image })));
    });
    const rollout = await cluster.begin('', { ...cluster.plan, events: [{ image: 'reviews' }, { image: 'team/app' }] });
    await scaleCanary(cluster, { ...rollout.as(1), replicas: 1, template: true });
    const ids = {
      reviews: `reviews@${DIGEST}`,
      'more-0': `team/app@${MOVED}`,
      'more-1': `team/app@${MOVED}`,
      'more-2': `agent@${MOVED}`,
    };
    cluster.putPod(ids);
    await upgradePrimary(cluster, { ...rollout.as(2), replicas: 5 });
    const { containers } = cluster.deployment('reviews-v1').spec.template.spec;
    const app = `team/app:v1@${MOVED}`;
    expect(containers.map(({ image }) => image)).toEqual([`reviews:v1@${DIGEST}`, app, app, 'agent:v1']);
  });

  test('with the configuration of then, or with what a person has accepted, and no other', async () => {
    const cluster = new RolloutCluster();
    const { upgrade } = await tested(cluster);
    cluster.putConfig('two');
    const asked = await upgrade(2);
    expect(asked).toMatchObject({ kind: 'drift', sentence: expect.stringContaining('ConfigMap settings in demo') });
    const { config: acceptConfig } = asked as { config?: string };
    cluster.putConfig('three');
    expect(await upgrade(3, { acceptConfig })).toMatchObject({ kind: 'drift' });
    expect(cluster.image('reviews-v1')).toBe('reviews:v1');
    cluster.putConfig('two');
    expect(await upgrade(4, { acceptConfig })).toMatchObject({ kind: 'written' });
    expect(configOf(cluster.deployment('reviews-v1').spec.template)).toBe(acceptConfig);
    expect(await cluster.detect('reviews:v2')).toMatchObject({ kind: 'unchanged' });
  });

  test('from the snapshot that was saved, and from no other', async () => {
    const cluster = new RolloutCluster();
    const { upgrade, restore } = await tested(cluster);
    const key = 'controllerrevisions/demo/sluice-reviews-1';
    const { data, ...saved } = cluster.objects.get(key) ?? { metadata: { name: key } };
    cluster.objects.set(key, { ...saved, data: { ...(data as object), previousTemplate: {} } });
    for (const write of [upgrade, restore]) await expect(write(2)).rejects.toMatchObject({ kind: 'SnapshotChanged' });
  });

  test('not to a paused primary', async () => {
    const cluster = new RolloutCluster();
    const { upgrade } = await tested(cluster);
    cluster.edit(cluster.deployment('reviews-v1'), ({ spec }) => {
      spec.paused = true;
    });
    const sentence = expect.stringContaining('kubectl rollout resume deployment/reviews-v1 -n demo');
    expect(await upgrade(2)).toEqual({ kind: 'drift', sentence });
  });
});

describe('a primary whose template admission changes', () => {
  /** Labels, a sidecar and a default, and tags pinned to digests. */
  function policed() {
    const cluster = new RolloutCluster();
    cluster.admit = (deployment) => {
      const copy = structuredClone(deployment);
      const { template } = copy.spec;
      template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, team: 'books' } };
      const [own] = template.spec.containers;
      if (own && !own.image.includes('@')) own.image += `@${DIGEST}`;
      template.spec.containers = [...(own ? [own] : []), { name: 'agent', image: 'agent:1' }];
      return copy;
    };
    return cluster;
  }

  test('has the revision all the same, and goes back', async () => {
    const cluster = policed();
    const { upgrade, restore, revision } = await tested(cluster);
    for (const seq of [2, 2, 3]) expect(await upgrade(seq)).toMatchObject({ kind: 'written' });
    expect(await cluster.detect('reviews:v2')).toMatchObject({ kind: 'unchanged', revision });
    for (const seq of [4, 4, 5]) await restore(seq);
    expect(cluster.image('reviews-v1')).toBe(`reviews:v1@${DIGEST}`);
  });

  test('is said to be another than the one that was tested, when it is', async () => {
    const cluster = new RolloutCluster();
    const { upgrade } = await tested(cluster, `reviews@${DIGEST}`);
    cluster.admit = ({ spec, ...rest }) => {
      const { template } = spec;
      return { ...rest, spec: { ...spec, template: { ...template, spec: { ...template.spec, hostNetwork: true } } } };
    };
    const warning = 'the API server made another template of reviews-v1 than of reviews-v2';
    expect(await upgrade(2)).toEqual({ kind: 'written', image: PINNED, warning });
  });

  test('is known again when the answer to the write was lost', async () => {
    const cluster = policed();
    const { upgrade } = await tested(cluster);
    const { patch } = cluster;
    cluster.patch = async (ref, operations) => {
      await patch.call(cluster, ref, operations);
      throw new Error('the connection was cut');
    };
    await expect(upgrade(2)).rejects.toThrow('cut');
    cluster.patch = patch;
    expect(await upgrade(2)).toMatchObject({ kind: 'written' });
    expect(await upgrade(3)).toMatchObject({ kind: 'written' });
  });

  test('is foreign as soon as somebody adds to it', async () => {
    const cluster = policed();
    const { upgrade } = await tested(cluster);
    await upgrade(2);
    cluster.edit(cluster.deployment('reviews-v1'), ({ spec }) => {
      Object.assign(spec.template.spec.containers[0] ?? {}, { env: [{ name: 'DEBUG', value: '1' }] });
    });
    for (const seq of [2, 3]) {
      const sentence = expect.stringContaining('was changed by somebody');
      expect(await upgrade(seq)).toEqual({ kind: 'drift', sentence });
    }
  });
});

describe('the size that users need', () => {
  test("is the autoscaler's minimum before the template, although nothing has shrunk yet, and again", async () => {
    const cluster = new RolloutCluster();
    cluster.putAutoscaler('reviews-v1', 2, 4);
    const { upgrade, restore } = await tested(cluster);
    cluster.edit(cluster.deployment('reviews-v1'), ({ spec }) => {
      spec.replicas = 5;
    });
    const before = cluster.patches.length;
    expect(await upgrade(2)).toMatchObject({ kind: 'written' });
    expect(cluster.patches.slice(before).map(({ ref }) => ref.kind)).toEqual(['HorizontalPodAutoscaler', 'Deployment']);
    expect(cluster.autoscaler('reviews-v1').spec).toMatchObject({ minReplicas: 5, maxReplicas: 5 });
    for (const again of [upgrade, restore]) {
      cluster.edit(cluster.autoscaler('reviews-v1'), ({ spec }) => {
        spec.minReplicas = 2;
      });
      await again(again === upgrade ? 3 : 4);
      expect(cluster.autoscaler('reviews-v1').spec).toMatchObject({ minReplicas: 5 });
    }
    expect(cluster.image('reviews-v1')).toBe('reviews:v1');
  });

  test('without an autoscaler is its replicas, which go back while they say what was written', async () => {
    const cluster = new RolloutCluster();
    const { upgrade, restore } = await tested(cluster);
    const replicas = () => cluster.deployment('reviews-v1').spec.replicas;
    await upgrade(2);
    expect(replicas()).toBe(5);
    await restore(3, { putBack: true, replicas: 2 });
    expect(replicas()).toBe(2);
    await upgrade(4);
    cluster.edit(cluster.deployment('reviews-v1'), ({ spec }) => {
      spec.replicas = 7;
    });
    await restore(5, { putBack: true, replicas: 2 });
    expect(replicas()).toBe(7);
  });
});
