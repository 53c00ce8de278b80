import { workflowInfo } from '@temporalio/workflow';
import type { Offer } from '../../contract/offer.ts';
import type { RolloutState } from './state.ts';

/** What a run of the workflow begins with. */
export interface RolloutInput {
  cluster: string;
  offer: Offer;
  /** State of the run before this one, when a long rollout goes on in a new run. */
  carried?: RolloutState;
  /** Offers that earlier runs of this target were handed, when a waiting offer begins a new run. */
  seenOffers?: string[];
  /** Offers that wait behind this one. */
  waiting?: Offer[];
}

/** A run that goes on from none begins with its offer, whatever it was started with. */
export const carriedOf = ({ carried }: RolloutInput) =>
  workflowInfo().continuedFromExecutionRunId ? carried : undefined;
