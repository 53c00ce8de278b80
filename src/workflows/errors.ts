import type { StepName } from '../contract/steps.ts';
import type { OutcomeKind } from '../contract/view.ts';

/** How a rollout ends and why. */
export interface Decision {
  kind: OutcomeKind;
  /** One plain sentence. */
  reason: string;
  /** Step that decided; absent: the one that runs. */
  step?: StepName;
}

/** Leaves the checklist: the rollout goes back to the primary's previous revision. */
export class GoBack extends Error {
  override readonly name = 'GoBack';
  readonly decision: Decision;
  /** The canary cannot be trusted with users: they leave first, restoring a touched primary comes after (order rule 4). */
  readonly urgent: boolean;

  constructor(decision: Decision, options: { urgent?: boolean } = {}) {
    super(decision.reason);
    this.decision = decision;
    this.urgent = options.urgent ?? false;
  }
}

/** Ends the rollout before anything was written. */
export class NothingToDo extends Error {
  override readonly name = 'NothingToDo';
  readonly decision: Decision;

  constructor(decision: Decision) {
    super(decision.reason);
    this.decision = decision;
  }
}
