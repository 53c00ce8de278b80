import type { Action, ProvenRight } from '../contract/action.ts';
import type { IntervalResult } from '../contract/verdict.ts';
import type { WriteRecord } from './writes.ts';

/** One line of the audit: a decision, a write, an action or a wait, as the workflow history holds it. */
export interface AuditRecord {
  /** ISO 8601; when it ended, for what takes time. */
  at: string;
  /** Line of the checklist, 1 to 19; absent when it belongs to none. */
  step?: number;
  /** `sluice`, a source of deploy events, or a person with the channel: "mo · cli (unverified)". */
  who: string;
  /** What was done, in plain words: the summary that the workflow gave it. */
  what: string;
  /** Reason, or the inputs that matter. */
  why?: string;
  /** How it ended, with numbers. */
  result: string;
  /** Attempts that it took, when more than one. */
  attempt?: number;
  /** Of a decision by numbers: these. */
  saw?: Saw;
  /** Of a write: what it changed. */
  writes?: WriteRecord[];
  /** Of an action that was proven: what allowed it, and the whole action with the statement of the server. */
  right?: ProvenRight;
  action?: Action;
  /** Workflow run and event id: where to look it up. */
  run: string;
  event: number;
}

export type Saw = Partial<Pick<IntervalResult, 'verdict' | 'sentence' | 'checks' | 'requests' | 'observedWeight'>>;
