import { describe, expect, test } from 'vitest';
import { initial, startStage } from '../../../../src/judge/compare/state.ts';
import { step } from '../../../../src/judge/compare/step.ts';
import type { ArmCounts } from '../../../../src/judge/compare/types.ts';

describe('ticks', () => {
  const good: ArmCounts = { requests: 10, errors: 1 };
  test.each<[string, ArmCounts, string]>([
    [
      'more errors than requests',
      { requests: 3, errors: 4 },
      'tick 1: canary.errors is 4: at most the 3 requests wanted',
    ],
    ['negative', { requests: -1, errors: 0 }, 'tick 1: canary.requests is -1: a count from 0 to 2^53 wanted'],
    [
      'not a number',
      { requests: 5, errors: Number.NaN },
      'tick 1: canary.errors is NaN: a count from 0 to 2^53 wanted',
    ],
    [
      'a count too few',
      { ...good, histogram: { le: [1, 2], counts: [3, 4] } },
      'tick 1: canary.histogram has 2 bounds and 2 counts: one count for each finite bound and one for all wanted',
    ],
    [
      'bounds that fall',
      { ...good, histogram: { le: [2, 1], counts: [1, 2, 3] } },
      'tick 1: canary.histogram.le[1] is 1: finite bounds that rise wanted',
    ],
  ])('%s', (_what, canary, message) => {
    expect(() => step(initial(), { tick: 1, canary, primary: good })).toThrow(new RangeError(message));
  });

  test('come once each, in order', () => {
    const { state } = step(initial(), { tick: 5, canary: good, primary: good });
    expect(() => step(state, { tick: 5, canary: good, primary: good })).toThrow(
      'tick 5 comes after tick 5: numbers that rise wanted, each tick once',
    );
  });

  test('a weight is percent; a state of another version is refused', () => {
    expect(() => startStage(initial(), { weight: 120 })).toThrow('stage weight is 120: percent from 0 to 100 wanted');
    expect(() => step({ ...initial(), version: 2 as 1 }, { tick: 1 })).toThrow('judge state has version 2: 1 wanted');
  });
});
