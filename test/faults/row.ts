/** One line of the fault table. */
import type { ReviewsOptions } from '../support/lab/reviews.ts';
import type { Bed } from './bed.ts';
import type { InvariantId } from './oracles/index.ts';

export interface Row {
  /** `F28`, as in the fault table; `P:route:after` for a kill at an activity. */
  id: string;
  /** The fault. */
  what: string;
  /** How it is injected. */
  how: string;
  /** What the row needs of its own; absent: the shared Sluice. */
  needs?: Needs;
  /** How its application differs from the usual one. */
  app?: ReviewsOptions;
  /** Invariants that the fault itself breaks, and why. */
  exempt?: Partial<Record<InvariantId, string>>;
  /** Why users may meet failures; absent: none may. */
  usersMayFail?: string;
  /** Stops a part of the lab that other rows use. Default false. */
  alone?: boolean;
  /** Longest time until it has ended or asks somebody, s. Default 150. */
  limitS?: number;
  /** @throws AssertionError when the outcome is not the one that is defined for the fault */
  run(bed: Bed): Promise<Finding>;
}

interface Needs {
  /** Workers at the start. Default 1. */
  workers?: number;
  /** The first worker ends itself there. */
  failpoint?: string;
  /** A Temporal server of its own, with these limits. */
  temporal?: Record<string, string | number>;
  /** The workers reach Temporal over a line that can be cut. */
  line?: boolean;
}

export interface Finding {
  /** In a few words: `promoted`, `held: users on the primary, then aborted`. */
  outcome: string;
  /** From the fault to the safe state: users where they belong, or the rollout back on its way. */
  safeAfterS?: number;
}

export interface RowResult {
  id: string;
  what: string;
  how: string;
  ok: boolean;
  outcome: string;
  safeAfterS?: number;
  /** Requests of users, and how many had no answer or one of the 500s. */
  sent: number;
  failed: number;
  usersMayFail?: string;
  checked: InvariantId[];
  exempt?: Row['exempt'];
  problems: string[];
  /** Of the whole row, s. */
  seconds: number;
  seed: number;
  /** ISO 8601. */
  at: string;
}
