import { describe, expect, it } from 'vitest';
import { canaryWeight, wantedReplicas } from '../../../../bench/lib/observer.ts';

describe('canaryWeight', () => {
  const route = (route: object[]) => ({ metadata: { name: 'reviews' }, spec: { http: [{ route }] } });

  it('is the weight of the subset v2, and 0 when the rule does not name it', () => {
    const v1 = { destination: { host: 'reviews', subset: 'v1' }, weight: 80 };
    const v2 = { destination: { host: 'reviews', subset: 'v2' }, weight: 20 };
    expect(canaryWeight(route([v1, v2]))).toBe(20);
    expect(canaryWeight(route([v1]))).toBe(0);
  });

  it('is unknown for a route that is not there: that is not zero', () => {
    expect(canaryWeight(undefined)).toBeUndefined();
  });
});

describe('wantedReplicas', () => {
  it('is 0 for a Deployment that is not there', () => {
    expect(wantedReplicas(undefined)).toBe(0);
    expect(wantedReplicas({ metadata: { name: 'reviews-v2' }, spec: { replicas: 3 } })).toBe(3);
  });
});
