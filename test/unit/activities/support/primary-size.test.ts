import { describe, expect, test } from 'vitest';
import { raiseMinimum, sizePatch } from '../../../../src/activities/support/primary-size.ts';
import type { KubeClient, PatchOperation, Ref } from '../../../../src/kubernetes/client/client.ts';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';
import { planFor } from '../../../support/plan.ts';

const primary = (replicas: number) => ({ metadata: { name: 'reviews-v1' }, spec: { replicas } }) as Deployment;
const add = (value: number): PatchOperation => ({ op: 'add', path: '/spec/replicas', value });

describe('a primary without autoscaler', () => {
  test('grows to the size that is needed and is never made smaller', () => {
    expect(sizePatch(primary(1), 3, false)).toEqual([add(3)]);
    expect(sizePatch(primary(5), 3, false)).toEqual([]);
  });

  test('with one keeps its replicas: two would fight over them', () =>
    expect(sizePatch(primary(1), 3, true)).toEqual([]));

  test('at zero is scaled in spite of one, as an autoscaler does nothing there', () =>
    expect(sizePatch(primary(0), 3, true)).toEqual([add(3)]));
});

describe('a primary that its autoscaler let shrink', () => {
  const autoscaler = { name: 'reviews', min: 2, max: 4 };

  /** The one HorizontalPodAutoscaler of a cluster, with what was written to it. */
  function cluster() {
    const written: { ref: Ref; operations: PatchOperation[] }[] = [];
    const object = { metadata: { name: 'reviews', resourceVersion: '1' }, spec: { minReplicas: 2, maxReplicas: 4 } };
    const client = {
      get: async () => object,
      patch: async (ref: Ref, operations: PatchOperation[]) => {
        written.push({ ref, operations });
        return object;
      },
    } as unknown as KubeClient;
    return { client, written };
  }

  const input = (replicas: number) => ({
    plan: planFor('reviews'),
    cluster: 'local',
    rollout: 'reviews-7',
    epoch: 7,
    fence: { epoch: 7, seq: 9 },
    replicas,
    autoscaler,
  });

  test('is brought back by the minimum, with a maximum that allows it', async () => {
    const { client, written } = cluster();
    expect(await raiseMinimum(client, primary(2), input(6))).toBe(true);
    expect(written[0]?.ref.name).toBe('reviews');
    expect(written[0]?.operations).toEqual(
      expect.arrayContaining([
        { op: 'add', path: '/spec/minReplicas', value: 6 },
        { op: 'add', path: '/spec/maxReplicas', value: 6 },
      ]),
    );
  });

  test('is left alone at its size', async () => {
    const { client, written } = cluster();
    expect(await raiseMinimum(client, primary(6), input(6))).toBe(false);
    expect(written).toEqual([]);
  });
});
