import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AT_REST,
  assertIntent,
  describeIntent,
  hasUsers,
  isAtRest,
  matchesMore,
  mirrored,
  sameIntent,
  stageName,
  weighted,
  withMatch,
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

describe('users who match', () => {
  const one = { header: { 'x-tester': 'yes', 'user-agent': { regex: '.*Firefox.*' } } };
  const two = { cookie: { tester: '1' } };
  const testers = withMatch(AT_REST, [one]);
  const more = withMatch(weighted(20), [one, two]);

  test('are users, and part of the whole intent', () => {
    expect([hasUsers(testers), hasUsers(AT_REST), isAtRest(testers)]).toEqual([true, false, false]);
    expect(sameIntent(testers, withMatch(AT_REST, [structuredClone(one)]))).toBe(true);
    expect(sameIntent(testers, AT_REST)).toBe(false);
    expect(sameIntent(more, withMatch(weighted(20), [one]))).toBe(false);
    expect(withMatch(weighted(20), [])).toEqual(weighted(20));
    expect(describeIntent(more)).toBe(
      'primary 80 %, canary 20 %, users with header x-tester: yes and user-agent: .*Firefox.* or cookie tester=1 on the canary',
    );
  });

  test('are compared by whom they are', () => {
    expect([matchesMore(more, testers), matchesMore(testers, more), matchesMore(testers, undefined)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('are somebody, and are not copied', () => {
    expect(() => assertIntent(more)).not.toThrow();
    expect(() => assertIntent({ ...AT_REST, match: [] })).toThrow(/somebody matches/);
    expect(() => assertIntent(withMatch(mirrored(10), [one]))).toThrow(/nothing is mirrored/);
  });
});
