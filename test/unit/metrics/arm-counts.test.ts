import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { armTotals, leftAfter, podHistogram, podTally } from '../../../src/metrics/arm-counts.ts';
import { familyOf } from '../../../src/metrics/request-queries.ts';
import { joinKey } from '../../../src/metrics/snapshot.ts';
import { TickMeter } from '../../../src/metrics/tick-meter.ts';

const of = (...entries: [arm: string, pod: string, label: string, count: number][]) =>
  new Map(entries.map(([arm, pod, label, count]) => [joinKey([arm, pod, label]), count]));

const APP = familyOf({
  kind: 'app',
  requests: 'r',
  code: 'code',
  unit: 's',
  podLabel: 'pod',
  namespaceLabel: 'namespace',
});
const podCounts = (grown: ReadonlyMap<string, number>, arm: string) => podTally(grown, arm, APP.outcomeOf).counts;

describe('requests of an arm', () => {
  it('are those of its pods; 5xx and no answer at all are failures', () => {
    const grown = of(
      ['canary', 'a', '200', 90],
      ['canary', 'a', '404', 5],
      ['canary', 'b', '503', 3],
      ['canary', 'b', '0', 2],
      ['primary', 'p', '500', 50],
    );
    expect(podCounts(grown, 'canary')).toEqual({ requests: 100, failures: 5, left: 0 });
    expect(podCounts(grown, 'primary')).toEqual({ requests: 50, failures: 50, left: 0 });
  });

  it('do not depend on the order of pods', () => {
    const entry = fc.tuple(
      fc.constantFrom('canary', 'primary'),
      fc.constantFrom('a', 'b', 'c'),
      fc.constantFrom('200', '404', '500', '0'),
      fc.nat(1_000),
    );
    const entries = fc.uniqueArray(entry, { selector: (one) => one.slice(0, 3).join() });
    const shuffled = entries.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        for (const arm of ['canary', 'primary'] as const)
          expect(podCounts(of(...other), arm)).toEqual(podCounts(of(...list), arm));
      }),
    );
  });
});

describe('answer times of an arm', () => {
  it('are at the bounds that all of its pods have, rising', () => {
    const grown = of(
      ['canary', 'a', '+Inf', 10],
      ['canary', 'a', '100', 8],
      ['canary', 'a', '50', 4],
      ['canary', 'b', '100', 1],
      ['canary', 'b', '75', 1],
      ['canary', 'b', '+Inf', 2],
      ['primary', 'p', '50', 9],
    );
    expect(podHistogram(grown, 'canary')).toEqual([
      [100, 9],
      [Number.POSITIVE_INFINITY, 12],
    ]);
    expect(podHistogram(new Map(), 'canary')).toEqual([]);
  });
});

describe('callers who left', () => {
  const of = (...entries: [reporter: string, le: string, count: number][]) =>
    new Map(entries.map(([reporter, le, count]) => [joinKey(['canary', reporter, le]), count]));

  it('had waited too long beyond the first bound at or above the limit', () => {
    const grown = of(['', '250', 3], ['', '1000', 7], ['', '+Inf', 10]);
    expect([250, 251, 1000, 1001].map((ms) => leftAfter(grown, 'canary', ms, 1))).toEqual([7, 3, 3, 0]);
    expect(leftAfter(grown, 'primary', 250, 1)).toBe(0);
  });

  it('are those whom the callers report, where they do', () => {
    const pods = of(['destination', '500', 0], ['destination', '+Inf', 40]);
    const sources = of(['source', '500', 30], ['source', '+Inf', 40]);
    expect(leftAfter(pods, 'canary', 500, 1)).toBe(40);
    expect(leftAfter(new Map([...pods, ...sources]), 'canary', 500, 1)).toBe(10);
  });
});

describe('what both ends saw', () => {
  const destination = { requests: 90, failures: 5, left: 2, fresh: false };
  const source = {
    requests: 100,
    failures: 12,
    left: 4,
    neverArrived: 10,
    lostOnTheWay: 2,
    gaveUp: 2,
    unflagged: 1,
    fresh: false,
  };
  const histogram: [number, number][] = [];

  it('counts each failure once, and a caller who left when he had waited', () => {
    expect(armTotals({ destination, source, histogram })).toEqual({ requests: 103, errors: 18, histogram: [] });
    const waited = { callers: 3, limitMs: 500 };
    expect(armTotals({ destination, source, histogram, waited })).toMatchObject({ requests: 106, errors: 21 });
  });

  it('is what the pods counted where no caller reports', () =>
    expect(armTotals({ destination, histogram })).toMatchObject({ requests: 90, errors: 5 }));
});

describe('ticks', () => {
  const totals = (requests: number, errors: number, histogram: [number, number][] = []) => ({
    requests,
    errors,
    histogram,
  });
  const INF = Number.POSITIVE_INFINITY;

  it('are what grew since the arm was last heard of', () => {
    const meter = new TickMeter();
    expect(meter.next('canary', totals(10, 1))).toEqual({ requests: 10, errors: 1 });
    expect(meter.next('canary', undefined)).toBeNull();
    expect(meter.next('canary', totals(25, 1))).toEqual({ requests: 15, errors: 0 });
    expect(meter.next('primary', totals(7, 0))).toEqual({ requests: 7, errors: 0 });
  });

  it('leave out a bound that is new among others, and never fall', () => {
    const meter = new TickMeter();
    const first: [number, number][] = [
      [50, 4],
      [INF, 10],
    ];
    expect(meter.next('canary', totals(10, 0, first))?.histogram).toEqual({ le: [50], counts: [4, 10] });
    const second: [number, number][] = [
      [50, 6],
      [100, 9],
      [INF, 15],
    ];
    expect(meter.next('canary', totals(15, 0, second))?.histogram).toEqual({ le: [50], counts: [2, 5] });
    expect(meter.next('canary', totals(14, 0, second))).toEqual({
      requests: 0,
      errors: 0,
      histogram: { le: [50, 100], counts: [0, 0, 0] },
    });
  });

  it('sum up to the totals, however often one looks', () => {
    const growth = fc.array(fc.record({ requests: fc.nat(50), errors: fc.nat(50), heard: fc.boolean() }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(growth, (steps) => {
        const meter = new TickMeter();
        const now = { requests: 0, errors: 0 };
        let sum = 0;
        for (const { requests, errors, heard } of steps) {
          now.requests += requests;
          now.errors += Math.min(errors, requests);
          sum += meter.next('canary', heard ? totals(now.requests, now.errors) : undefined)?.requests ?? 0;
        }
        sum += meter.next('canary', totals(now.requests, now.errors))?.requests ?? 0;
        expect(sum).toBe(now.requests);
      }),
    );
  });
});
