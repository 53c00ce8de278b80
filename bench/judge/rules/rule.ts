import type { Counts } from '../series.ts';

/** What a rule says at one look. */
type RuleAnswer = 'abort' | 'pass' | 'continue';

/** One rollout under a rule: looked at after every tick, in order. */
type RuleRun = (counts: Counts) => RuleAnswer;

export interface Rule {
  name: string;
  /** A fresh one for each rollout. */
  start(): RuleRun;
}
