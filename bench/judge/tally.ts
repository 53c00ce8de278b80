import type { Rule } from './rules/index.ts';
import type { Counts } from './series.ts';

/** When a rule first said so, in ticks from 1, and the canary requests until then. */
interface Decision {
  tick: number;
  requests: number;
}

export interface Tally {
  rollouts: number;
  aborts: Decision[];
  /** Passes before any abort. */
  passes: Decision[];
}

export const emptyTally = (): Tally => ({ rollouts: 0, aborts: [], passes: [] });

/**
 * Lets a rule watch one rollout to its first abort or its end. A pass is noted and the watching goes on, as it does in a
 * rollout that moves to its next weight; aborts are thus counted over the whole hour, which is the harder test.
 */
export function tallyRollout(rule: Rule, series: readonly Counts[], tally: Tally): void {
  const look = rule.start();
  let requests = 0;
  let passed = false;
  tally.rollouts += 1;
  for (const counts of series) {
    requests += counts.canary.requests;
    const verdict = look(counts);
    const decision = { tick: counts.tick, requests };
    if (verdict === 'abort') {
      tally.aborts.push(decision);
      return;
    }
    if (verdict === 'pass' && !passed) {
      passed = true;
      tally.passes.push(decision);
    }
  }
}

/** Middle value, the lower of two; undefined of nothing. */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}
