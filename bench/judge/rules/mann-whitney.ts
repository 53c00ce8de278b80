import { NORMAL_99 } from './normal.ts';
import type { Rule } from './rule.ts';

/** Share of the estimated shift that the whole interval has to clear. */
const TOLERANCE = 0.25;

/**
 * A judge of the Mann-Whitney kind on error percentages by tick, one value a tick however many requests it had: "High"
 * when the 98 % interval of the shift lies above a quarter of the estimated shift. Written from what is published of
 * Kayenta's default judge: spinnaker.io "How canary judgment works" (values that are no numbers are removed, direction
 * increase, one critical metric) and Graff and Sanden 2018, "Automated Canary Analysis at Netflix with Kayenta"; the
 * interval is that of R's wilcox.test (Hollander and Wolfe 1973, normal approximation with continuity correction).
 * @param every looks at ticks every, 2 every, …; on all values so far
 */
export function mannWhitney(name: string, every: number): Rule {
  return {
    name,
    start: () => {
      const canary: number[] = [];
      const primary: number[] = [];
      return (counts) => {
        if (counts.canary.requests > 0) canary.push((100 * counts.canary.errors) / counts.canary.requests);
        if (counts.primary.requests > 0) primary.push((100 * counts.primary.errors) / counts.primary.requests);
        return counts.tick % every === 0 && isHigh(canary, primary) ? 'abort' : 'continue';
      };
    },
  };
}

function isHigh(canary: readonly number[], primary: readonly number[]): boolean {
  if (canary.length === 0 || primary.length === 0) return false;
  const { estimate, low } = shiftInterval(canary, primary);
  return low > TOLERANCE * Math.abs(estimate);
}

/**
 * How much higher `x` lies than `y`: the Hodges-Lehmann estimate (median of all differences) and its 98 % interval, which
 * ends at those differences where the Mann-Whitney statistic of the shifted sample crosses its quantile.
 */
export function shiftInterval(
  x: readonly number[],
  y: readonly number[],
): { estimate: number; low: number; high: number } {
  const count = x.length * y.length;
  const differences = new Float64Array(count);
  for (const [i, one] of x.entries()) for (const [j, other] of y.entries()) differences[i * y.length + j] = one - other;
  differences.sort();
  const reach = NORMAL_99 * deviation(x, y) + 0.5;
  const at = (rank: number) => differences[Math.min(Math.max(rank, 0), count - 1)] ?? 0;
  // So many differences lie at or above the lower end, and as many at or below the upper one.
  const beyond = Math.ceil(count / 2 + reach);
  return {
    estimate: (at(Math.floor((count - 1) / 2)) + at(Math.floor(count / 2))) / 2,
    low: at(count - beyond),
    high: at(beyond - 1),
  };
}

/** Standard deviation of the Mann-Whitney statistic at a shift where no value of one sample meets one of the other. */
function deviation(x: readonly number[], y: readonly number[]): number {
  const n = x.length + y.length;
  const tied = (tiesOf(x) + tiesOf(y)) / (n * (n - 1));
  return Math.sqrt(Math.max(0, ((x.length * y.length) / 12) * (n + 1 - tied)));
}

/** Sum of t^3 - t over groups of t equal values. */
function tiesOf(values: readonly number[]): number {
  const groups = new Map<number, number>();
  for (const value of values) groups.set(value, (groups.get(value) ?? 0) + 1);
  return [...groups.values()].reduce((sum, t) => sum + t ** 3 - t, 0);
}
