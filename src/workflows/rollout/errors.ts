import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Fence } from '../../contract/fence.ts';
import type { StepName } from '../../contract/steps.ts';
import type { OutcomeKind } from '../../contract/view.ts';

/** How a rollout ends and why. */
export interface Decision {
  kind: OutcomeKind;
  /** One plain sentence. */
  reason: string;
  /** Step that decided; absent: the one that runs. */
  step?: StepName;
}

/** Ends the checklist for a reason that people are told. */
abstract class Decided extends Error {
  readonly decision: Decision;

  constructor(decision: Decision) {
    super(decision.reason);
    this.decision = decision;
  }
}

/** Leaves the checklist: the rollout goes back to the primary's previous revision. */
export class GoBack extends Decided {
  override readonly name = 'GoBack';
}

/** Ends the rollout before anything was written. */
export class NothingToDo extends Decided {
  override readonly name = 'NothingToDo';
}

/** A newer write of the same object was scheduled meanwhile: what that one wants counts. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}

/** A later rollout of the plan has written its objects: this one writes nothing more (order rule 3). */
export class TakenOver extends Error {
  override readonly name = 'TakenOver';

  constructor({ epoch }: Fence) {
    super(`Rollout number ${epoch} has taken over; nothing more is written.`);
  }
}

/** What a write found that was refused for this reason; undefined: it failed otherwise. */
export function refusedWith<Found>(error: unknown, kind: 'FenceRefused' | 'Recreated'): Found | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== kind) return undefined;
  return cause.details?.[0] as Found | undefined;
}
