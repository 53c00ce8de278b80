import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { atLeast, canaryCapacity, primaryCapacity } from '../../../src/contract/capacity.ts';
import {
  compareFences,
  decideWrite,
  type Fence,
  fenceKey,
  formatFence,
  parseFence,
} from '../../../src/contract/fence.ts';
import { AT_REST, assertIntent, describeIntent, mirrored, sameIntent, weighted } from '../../../src/contract/intent.ts';
import { planFor } from '../../support/plan.ts';

const fence = fc.record({ epoch: fc.integer({ min: 1, max: 1_000_000 }), seq: fc.integer({ min: 0, max: 1_000_000 }) });

describe('fences', () => {
  test('are written and read back as they are', () => {
    fc.assert(
      fc.property(fence, (one) => {
        expect(parseFence(formatFence(one))).toEqual(one);
      }),
    );
    expect(formatFence({ epoch: 7, seq: 12 })).toBe('7.12');
    expect(fenceKey('reviews')).toBe('fence.sluice.dev/reviews');
  });

  test.each([undefined, '', '7', '7.', '.7', '7.1.2', '-1.2', '1e3.1', ' 1.2', '1.2 '])('%j is no fence', (text) => {
    expect(parseFence(text)).toBeUndefined();
  });

  test('a later number writes, the same confirms, an earlier is refused; a newer rollout beats any number', () => {
    const stored: Fence = { epoch: 3, seq: 5 };
    expect(decideWrite(undefined, { epoch: 1, seq: 1 })).toBe('write');
    expect(decideWrite(stored, { epoch: 3, seq: 6 })).toBe('write');
    expect(decideWrite(stored, { epoch: 3, seq: 5 })).toBe('confirm');
    expect(decideWrite(stored, { epoch: 3, seq: 4 })).toBe('refused');
    expect(decideWrite(stored, { epoch: 4, seq: 1 })).toBe('write');
    expect(decideWrite(stored, { epoch: 2, seq: 999 })).toBe('refused');
  });

  test('of two writers in any order the later number is what stays', () => {
    fc.assert(
      fc.property(fence, fence, (a, b) => {
        const stays = [a, b].reduce<Fence | undefined>(
          (stored, ours) => (decideWrite(stored, ours) === 'refused' ? stored : ours),
          undefined,
        );
        expect(stays).toEqual(compareFences(a, b) >= 0 ? a : b);
      }),
    );
  });
});

describe('intents', () => {
  test('every weight and every mirror makes a complete intent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (percent) => {
        for (const intent of [weighted(percent), mirrored(percent), AT_REST]) {
          expect(() => assertIntent(intent)).not.toThrow();
          expect(intent.primary + intent.canary).toBe(100);
        }
      }),
    );
  });

  test.each([
    { primary: 50, canary: 49, mirror: 0 },
    { primary: 100.5, canary: -0.5, mirror: 0 },
    { primary: 100, canary: 0, mirror: 101 },
    { primary: Number.NaN, canary: 100, mirror: 0 },
  ])('%j is refused', (intent) => {
    expect(() => assertIntent(intent)).toThrow(/sum to 100/);
  });

  test('are told apart and said in words', () => {
    expect(sameIntent(weighted(20), { primary: 80, canary: 20, mirror: 0 })).toBe(true);
    expect(sameIntent(weighted(0), mirrored(100))).toBe(false);
    expect(describeIntent(weighted(20))).toBe('primary 80 %, canary 20 %');
    expect(describeIntent(mirrored(100))).toBe('primary 100 %, copies 100 % to the canary');
  });
});

describe('capacity', () => {
  const plan = planFor('capacity');

  test('the canary is ready for its share of what the primary had, never below its own minimum', () => {
    expect(canaryCapacity(plan, 10, 20)).toBe(2);
    expect(canaryCapacity(plan, 10, 21)).toBe(3);
    expect(canaryCapacity(plan, 10, 100)).toBe(10);
    expect(canaryCapacity(plan, 3, 1)).toBe(1);
  });

  test('matchWeight: false keeps the size of the plan', () => {
    const fixed = { ...plan, scale: { ...plan.scale, canary: { replicas: 2, matchWeight: false } } };
    expect(canaryCapacity(fixed, 10, 100)).toBe(2);
  });

  test('never shrinks as the weight grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 99 }), (replicas, percent) => {
        expect(canaryCapacity(plan, replicas, percent + 1)).toBeGreaterThanOrEqual(
          canaryCapacity(plan, replicas, percent),
        );
      }),
    );
  });

  test('the primary returns at no less than its size at the start, or the canary now', () => {
    expect(primaryCapacity(3, 2)).toBe(3);
    expect(primaryCapacity(3, 5)).toBe(5);
  });

  test('bounds are widened, never narrowed', () => {
    expect(atLeast({ min: 2, max: 4 }, 3)).toEqual({ min: 3, max: 4 });
    expect(atLeast({ min: 2, max: 4 }, 9)).toEqual({ min: 9, max: 9 });
    expect(atLeast({ min: 2, max: 4 }, 1)).toEqual({ min: 2, max: 4 });
  });
});
