import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AT_REST,
  assertIntent,
  describeIntent,
  mirrored,
  sameIntent,
  stageName,
  weighted,
} from '../../../src/contract/intent.ts';

describe('intents', () => {
  test('an interval is named by where copies or users go', () => {
    expect([stageName(mirrored(50)), stageName(weighted(40))]).toEqual(['mirror', '40 %']);
  });

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
