/** The rules that can be let loose on a series: ours and those it is measured against. One file each, with its source. */
import type { CompareOptions } from '../../../src/judge/compare/types.ts';
import { TICKS } from '../cells.ts';
import { compareRule } from './compare.ts';
import { mannWhitney } from './mann-whitney.ts';
import type { Rule } from './rule.ts';
import { thresholdRule } from './threshold.ts';
import { zTestRule } from './z-test.ts';

export type { Rule } from './rule.ts';

export const RULES = ['compare', 'threshold', 'z-test', 'mann-whitney', 'mann-whitney-once'] as const;
export type RuleName = (typeof RULES)[number];

export function ruleNamed(name: RuleName, options: CompareOptions): Rule {
  switch (name) {
    case 'compare':
      return compareRule(options);
    case 'threshold':
      return thresholdRule();
    case 'z-test':
      return zTestRule;
    case 'mann-whitney':
      return mannWhitney(name, 10);
    case 'mann-whitney-once':
      return mannWhitney(name, TICKS);
  }
}
