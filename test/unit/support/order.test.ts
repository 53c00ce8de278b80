import { describe, expect, test } from 'vitest';
import { rulesOf, unsafeRules, usersWithoutPods } from '../../support/order.ts';

/** The oracles must go red for what they are there to find. */
describe('stored weights', () => {
  const version = (...weights: (number | undefined)[]) => ({
    at: 0,
    value: [Object.fromEntries(weights.map((weight, index) => [`v${index}`, weight]))],
  });

  test('that sum to 100 are safe, and so is a single destination', () => {
    expect(unsafeRules([version(80, 20), version(100, 0), version(undefined)])).toEqual([]);
  });

  test('that do not, or leave one to a default, are found', () => {
    expect(unsafeRules([version(80, 30), version(100, undefined)])).toHaveLength(2);
  });

  test('are read from both kinds of routes', () => {
    const route = [{ destination: { host: 'reviews', subset: 'v1' }, weight: 80 }, { destination: { host: 'other' } }];
    expect(rulesOf({ metadata: { name: 'a' }, spec: { http: [{ route }] } })).toEqual([{ v1: 80, other: undefined }]);
    const backendRefs = [{ name: 'shop', weight: 1 }];
    expect(rulesOf({ metadata: { name: 'a' }, spec: { rules: [{ backendRefs }] } })).toEqual([{ shop: 1 }]);
  });
});

describe('users on a side', () => {
  const weights = (at: number, v2: number) => ({ at, value: [{ v1: 100 - v2, v2 }] });
  const pods = (at: number, value: number) => ({ at, value });

  test('with ready pods all the while are safe', () => {
    expect(usersWithoutPods([weights(20, 40), weights(50, 0)], 'v2', [pods(10, 1), pods(60, 0)])).toEqual([]);
  });

  test('before the first pod is ready, or after the last one is gone, are found', () => {
    expect(usersWithoutPods([weights(10, 40), weights(50, 0)], 'v2', [pods(20, 1)])).toHaveLength(1);
    expect(usersWithoutPods([weights(20, 40), weights(70, 0)], 'v2', [pods(10, 1), pods(60, 0)])).toHaveLength(1);
  });
});
