import { describe, expect, test } from 'vitest';
import { sizePatch } from '../../../../src/activities/support/primary-size.ts';
import type { PatchOperation } from '../../../../src/kubernetes/client/client.ts';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';

const primary = (replicas: number) => ({ metadata: { name: 'reviews-v1' }, spec: { replicas } }) as Deployment;
const grow = (value: number): PatchOperation[] => [
  { op: 'add', path: '/spec/replicas', value },
  { op: 'add', path: '/metadata/annotations/sluice.dev~1wrote', value: String(value) },
];

describe('a primary without autoscaler', () => {
  test('grows to the size that is needed and is never made smaller', () => {
    expect(sizePatch(primary(1), 3, false)).toEqual(grow(3));
    expect(sizePatch(primary(5), 3, false)).toEqual([]);
  });

  test('with one keeps its replicas: two would fight over them', () =>
    expect(sizePatch(primary(1), 3, true)).toEqual([]));

  test('at zero is scaled in spite of one, as an autoscaler does nothing there', () =>
    expect(sizePatch(primary(0), 3, true)).toEqual(grow(3)));
});
