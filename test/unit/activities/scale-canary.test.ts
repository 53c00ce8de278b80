import { describe, expect, test } from 'vitest';
import { boundAutoscaler } from '../../../src/activities/bound-autoscaler.ts';
import { scaleCanary } from '../../../src/activities/scale-canary.ts';
import { scaleCanaryToZero } from '../../../src/activities/scale-canary-to-zero.ts';
import { WROTE } from '../../../src/kubernetes/objects/annotations.ts';
import { readinessOf } from '../../../src/kubernetes/objects/readiness.ts';
import { DIGEST, RolloutCluster } from './support/rollout-cluster.ts';

/** A canary with one pod. */
async function scaled(cluster = new RolloutCluster()) {
  const rollout = await cluster.begin();
  const scale = (seq: number, replicas: number, template = false) =>
    scaleCanary(cluster, { ...rollout.as(seq), replicas, template });
  await scale(1, 1, true);
  return { cluster, scale, ...rollout };
}

describe('a canary whose image a policy pins', () => {
  const pinned = () => {
    const cluster = new RolloutCluster();
    cluster.admit = (deployment) => {
      const copy = structuredClone(deployment);
      const [container] = copy.spec.template.spec.containers;
      if (container?.image === 'reviews:v2') container.image = `registry.example.com/reviews@${DIGEST}`;
      return copy;
    };
    return cluster;
  };
  const sentence = (cluster: RolloutCluster, id: string) =>
    readinessOf(cluster.deployment('reviews-v2'), { id, image: 'reviews:v2', config: [] }, 1).sentence;

  test('has the revision, also when it is written again', async () => {
    const { cluster, scale, revision } = await scaled(pinned());
    expect(sentence(cluster, revision.id)).toBe('0 of 1 pods of reviews-v2 have the revision');
    await scale(1, 1, true);
    await scale(2, 3);
    expect(cluster.deployment('reviews-v2').spec.replicas).toBe(3);
    expect(sentence(cluster, revision.id)).toBe('0 of 3 pods of reviews-v2 have the revision');
  });

  test('has not when somebody adds to it, and that is said with who did', async () => {
    const { cluster, revision, scale } = await scaled(pinned());
    cluster.edit(cluster.deployment('reviews-v2'), ({ metadata, spec }) => {
      Object.assign(spec.template.spec.containers[0] ?? {}, { env: [{ name: 'DEBUG', value: '1' }] });
      metadata.managedFields = [{ manager: 'kubectl-edit', time: '2026-01-02T03:04:05Z' }];
    });
    expect(sentence(cluster, revision.id)).toContain('does not have revision');
    expect(sentence(cluster, revision.id)).toContain('last written by kubectl-edit at');
    await expect(scale(1, 1, true)).rejects.toMatchObject({ kind: 'Drift' });
  });

  test('has it all the same after a restart by hand', async () => {
    const { cluster, revision } = await scaled();
    cluster.edit(cluster.deployment('reviews-v2'), ({ spec: { template } }) => {
      const annotations = { ...template.metadata?.annotations, 'kubectl.kubernetes.io/restartedAt': '2026-01-02' };
      template.metadata = { ...template.metadata, annotations };
    });
    expect(sentence(cluster, revision.id)).not.toContain('does not have');
  });
});

describe('a canary with an autoscaler that the plan does not mention', () => {
  test('is woken from zero, and then grows by the minimum alone', async () => {
    const { cluster, scale, detected } = await scaled();
    cluster.putAutoscaler('reviews-v2', 1, 2);
    await scale(2, 4);
    expect(cluster.deployment('reviews-v2').spec.replicas).toBe(1);
    expect(cluster.autoscaler('reviews-v2').spec).toMatchObject({ minReplicas: 4, maxReplicas: 4 });
    expect(detected.autoscalers).toEqual({});
  });
});

describe('bounds are put back', () => {
  async function raised() {
    const { cluster, scale, as } = await scaled();
    cluster.putAutoscaler('reviews-v2', 1, 10);
    await scale(2, 4);
    const back = (seq: number) =>
      scaleCanaryToZero(cluster, { ...as(seq), autoscaler: { name: 'reviews-v2', min: 1, max: 10 } });
    return { cluster, scale, as, back, spec: () => cluster.autoscaler('reviews-v2').spec };
  }

  test('field by field: what an operator has set since stays', async () => {
    const { cluster, scale, back, spec } = await raised();
    cluster.edit(cluster.autoscaler('reviews-v2'), ({ spec }) => {
      spec.maxReplicas = 30;
    });
    await scale(3, 5);
    expect(cluster.autoscaler('reviews-v2').metadata.annotations?.[WROTE]).toBe('5-');
    await back(4);
    expect(spec()).toMatchObject({ minReplicas: 1, maxReplicas: 30 });
    expect(cluster.autoscaler('reviews-v2').metadata.annotations?.[WROTE]).toBeUndefined();
    await back(5);
    expect(spec()).toMatchObject({ minReplicas: 1, maxReplicas: 30 });
  });

  test('never to a maximum below a minimum that somebody raised', async () => {
    const { cluster, scale, back, spec } = await raised();
    await scale(3, 12);
    cluster.edit(cluster.autoscaler('reviews-v2'), ({ spec }) => {
      spec.minReplicas = 11;
    });
    await back(4);
    expect(spec()).toMatchObject({ minReplicas: 11, maxReplicas: 11 });
  });

  test('of the primary too, and only where there is something of ours', async () => {
    const { cluster, as } = await raised();
    cluster.putAutoscaler('reviews-v1', 2, 10);
    const primary = { ...as(1), side: 'primary' as const };
    const spec = () => cluster.autoscaler('reviews-v1').spec;
    await boundAutoscaler(cluster, { ...primary, bounds: { min: 5, max: 10 } });
    cluster.edit(cluster.autoscaler('reviews-v1'), ({ spec }) => {
      spec.minReplicas = 6;
    });
    const putBack = { ...primary, ...as(2), bounds: { min: 2, max: 10 }, putBack: true };
    expect(await boundAutoscaler(cluster, putBack)).toMatchObject({
      autoscaler: { name: 'reviews-v1', min: 6, max: 10 },
    });
    expect(spec()).toMatchObject({ minReplicas: 6, maxReplicas: 10 });
    cluster.objects.delete('horizontalpodautoscalers/demo/reviews-v1');
    expect(await boundAutoscaler(cluster, putBack)).toEqual({});
  });
});
