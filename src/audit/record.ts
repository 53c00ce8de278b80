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
  /** Workflow run and event id: where to look it up. */
  run: string;
  event: number;
}
