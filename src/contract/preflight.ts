/** What is found out before a rollout begins, by subject: `sluice doctor` shows all of it, step 1 refuses by it and keeps its warnings. */
import type { Problem } from './offer.ts';

export interface Findings {
  /** What forbids a rollout. Empty: it may start. */
  problems: Problem[];
  warnings: string[];
}

export interface Examined extends Findings {
  /** What is as it should be, with the numbers; one sentence each, without its end. */
  facts: string[];
}

export interface Section extends Examined {
  subject: 'cluster' | 'routes' | 'writes' | 'owners' | 'metrics' | 'can it be judged';
}
