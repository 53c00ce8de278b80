import { type ThresholdOptions, thresholdChecks } from '../../../src/judge/threshold.ts';
import type { Rule } from './rule.ts';

/** Flagger's rule, as a rollout has it. */
export function thresholdRule(options: ThresholdOptions = {}): Rule {
  return {
    name: 'threshold',
    start: () => {
      const check = thresholdChecks(options);
      return ({ canary }) => check(canary).verdict;
    },
  };
}
