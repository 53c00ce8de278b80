import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterDifference } from '../../../src/metrics/counters.ts';

const grown = (baseline: [string, number][], ...snapshots: [string, number][][]) => {
  const difference = new CounterDifference(new Map(baseline));
  for (const snapshot of snapshots) difference.add(new Map(snapshot));
  return Object.fromEntries(difference.grown);
};

describe('growth of counters', () => {
  it('counts from the baseline', () => expect(grown([['a', 10]], [['a', 12]], [['a', 15]])).toEqual({ a: 5 }));
  it('counts a series born later from 0', () => expect(grown([], [['a', 3]], [['a', 4]])).toEqual({ a: 4 }));
  it('counts a restarted counter from 0', () => expect(grown([['a', 10]], [['a', 2]], [['a', 3]])).toEqual({ a: 3 }));
  it('keeps what a pod contributed before it went', () =>
    expect(
      grown(
        [['a', 10]],
        [
          ['a', 14],
          ['b', 1],
        ],
        [['b', 2]],
      ),
    ).toEqual({ a: 4, b: 2 }));
  it('does not count a series twice that was missing once', () =>
    expect(grown([['a', 10]], [['a', 11]], [], [['a', 13]])).toEqual({ a: 3 }));
  it('ignores values that are no counts', () =>
    expect(grown([['a', 1]], [['a', Number.NaN]], [['a', Number.POSITIVE_INFINITY]], [['a', 2]])).toEqual({ a: 1 }));

  it('finds every request of a pod, however often it restarts and is sampled', () => {
    const life = fc.array(fc.record({ requests: fc.nat(50), restart: fc.boolean() }), { minLength: 1 });
    fc.assert(
      fc.property(life, (steps) => {
        const difference = new CounterDifference(new Map());
        let value = 0;
        let total = 0;
        for (const { requests, restart } of steps) {
          // A restart that is overtaken within one sample cannot be seen by anybody.
          if (restart && requests < value) value = 0;
          value += requests;
          total += requests;
          difference.add(new Map([['pod', value]]));
        }
        expect(difference.grown.get('pod')).toBe(total);
      }),
    );
  });
});
