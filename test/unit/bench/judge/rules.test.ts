import { describe, expect, it } from 'vitest';
import {
  type Counts,
  compareRule,
  mannWhitney,
  type Rule,
  shiftInterval,
  thresholdRule,
  twoProportionZ,
  zTestRule,
} from '../../../../bench/judge/index.ts';
import { thresholdChecks } from '../../../../src/judge/threshold.ts';

type Pair = [nc: number, xc: number, np: number, xp: number];

const counts = ([nc, xc, np, xp]: Pair, index: number): Counts => ({
  tick: index + 1,
  canary: { requests: nc, errors: xc },
  primary: { requests: np, errors: xp },
});

/** What the rule says at each tick. */
function looks(rule: Rule, pairs: Pair[]): string[] {
  const look = rule.start();
  return pairs.map((pair, index) => look(counts(pair, index)));
}

const times = (pair: Pair, count: number): Pair[] => Array.from({ length: count }, () => pair);

describe('threshold rule', () => {
  it('counts failed checks, takes none back and counts a tick without requests', () => {
    const pairs: Pair[] = [
      [100, 2, 0, 0],
      [100, 1, 0, 0],
      [0, 0, 100, 0],
      [100, 50, 0, 0],
    ];
    expect(looks(thresholdRule({ minSuccess: 0.99, failures: 3 }), pairs)).toEqual([
      'continue',
      'continue',
      'continue',
      'abort',
    ]);
  });

  it('tells the success rate and the failed checks so far', () => {
    const check = thresholdChecks();
    expect(check({ requests: 200, errors: 1 })).toEqual({
      verdict: 'continue',
      success: 0.995,
      failed: false,
      failedChecks: 0,
    });
    expect(check({ requests: 0, errors: 0 })).toMatchObject({ success: undefined, failed: true, failedChecks: 1 });
  });

  it('starts anew for each rollout', () => {
    const rule = thresholdRule({ failures: 1 });
    expect(looks(rule, [[1, 1, 1, 0]])).toEqual(['abort']);
    expect(looks(rule, [[100, 0, 1, 0]])).toEqual(['continue']);
  });
});

describe('z-test', () => {
  it('is the textbook value', () => {
    expect(twoProportionZ(20, 100, 10, 100)).toBeCloseTo(0.1 / Math.sqrt(0.15 * 0.85 * 0.02), 12);
    expect(twoProportionZ(10, 100, 20, 100)).toBeLessThan(0);
  });

  it('is 0 without data or without failures', () => {
    expect([twoProportionZ(0, 0, 1, 10), twoProportionZ(0, 10, 0, 10), twoProportionZ(10, 10, 10, 10)]).toEqual([
      0, 0, 0,
    ]);
  });

  it('adds the ticks up', () => {
    const said = looks(zTestRule, times([100, 4, 100, 1], 6));
    expect(said[0]).toBe('continue');
    expect(said.at(-1)).toBe('abort');
  });
});

describe('Mann-Whitney judge', () => {
  const x = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const y = [1.15, 0.88, 0.9, 0.74, 1.21];

  it('estimates the shift by the median of all differences (R: 0.305 for its example)', () => {
    expect(shiftInterval(x, y).estimate).toBeCloseTo(0.305, 10);
  });

  it('ends its interval where the rank statistic of the shifted sample crosses the quantile', () => {
    const { low, high } = shiftInterval(x, y);
    const z = (shift: number) => {
      const statistic = x.flatMap((one) => y.map((other) => (one - shift > other ? 1 : 0) as number));
      const centred = statistic.reduce((sum, value) => sum + value, 0) - (x.length * y.length) / 2;
      const deviation = Math.sqrt((x.length * y.length * (x.length + y.length + 1)) / 12);
      return (centred - 0.5 * Math.sign(centred)) / deviation;
    };
    const quantile = 2.3263478740408408;
    expect(z(low - 1e-9) >= quantile && z(low + 1e-9) < quantile).toBe(true);
    expect(z(high - 1e-9) > -quantile && z(high + 1e-9) <= -quantile).toBe(true);
  });

  it('turns round with its samples', () => {
    const one = shiftInterval(x, y);
    const other = shiftInterval(y, x);
    expect(other.estimate).toBeCloseTo(-one.estimate, 12);
    expect(other.low).toBeCloseTo(-one.high, 12);
  });

  it('looks only when it is time, at a difference that is there', () => {
    const pairs = Array.from({ length: 20 }, (_, i): Pair => [1000, 50 + (i % 3), 1000, 1 + (i % 2)]);
    const said = looks(mannWhitney('mann-whitney', 10), pairs);
    expect(said.map((word, i) => (word === 'abort' ? i + 1 : 0)).filter(Boolean)).toEqual([10, 20]);
  });

  it('says nothing of equal samples, of an empty one and of a canary that is better', () => {
    const rule = mannWhitney('mann-whitney', 10);
    expect(looks(rule, times([1000, 0, 1000, 0], 10)).at(-1)).toBe('continue');
    expect(looks(rule, times([0, 0, 1000, 10], 10)).at(-1)).toBe('continue');
    expect(looks(rule, times([1000, 1, 1000, 50], 10)).at(-1)).toBe('continue');
  });

  it('does not see a short outage of the canary alone among many good minutes', () => {
    const pairs = [...times([1000, 1, 1000, 1], 8), ...times([1000, 500, 1000, 1], 2)];
    expect(looks(mannWhitney('mann-whitney', 10), pairs).at(-1)).toBe('continue');
  });
});

describe('compare rule', () => {
  it('stops a canary that is half down at the second tick and passes a healthy one', () => {
    expect(looks(compareRule({ warmupTicks: 0 }), times([150, 75, 2850, 3], 2))).toEqual(['continue', 'abort']);
    expect(looks(compareRule({ warmupTicks: 0 }), times([3000, 3, 3000, 3], 4)).at(-1)).toBe('pass');
  });
});
