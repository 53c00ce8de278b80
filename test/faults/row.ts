/** One line of the fault table. */
import type { Bed } from './bed.ts';
import type { RowSetup } from './needs.ts';
import type { InvariantId } from './oracles/index.ts';

export interface FaultRow extends RowSetup {
  /** The fault. */
  what: string;
  /** How it is injected. */
  how: string;
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

export interface Finding {
  /** In a few words: `promoted`, `held: users on the primary, then aborted`. */
  outcome: string;
  /** From the fault to the safe state: users where they belong, or the rollout back on its way. */
  safeAfterS?: number;
}

/** It went well, but what the row is about did not happen. */
export class NothingShown extends Error {}

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
  exempt?: FaultRow['exempt'];
  problems: string[];
  /** Of the whole row, s. */
  seconds: number;
  seed: number;
  /** ISO 8601. */
  at: string;
}
