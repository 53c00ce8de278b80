/** Whether the hostile demo went as it should. Pure. */
import type { RolloutView } from '../../../src/contract/view.ts';
import type { UsersFelt } from './summary.ts';

export interface HostileFacts {
  view: RolloutView;
  felt: UsersFelt;
  /** Percent of the users on the canary by the route, at the end. */
  weight: number;
  left: { wanted: number; pods: number };
  /** Writes of Sluice that the webhook refused. */
  refused: number;
}

const LEAST_SINCE = 100;

/** @returns what was not as it should be; empty when all is well */
export function complaints({ view, felt, weight, left, refused }: HostileFacts): string[] {
  const { outcome, actions } = view;
  return [
    outcome?.kind !== 'failed' && outcome?.kind !== 'aborted' && `The rollout ended otherwise: ${outcome?.kind}.`,
    actions.length > 0 && `${actions.length} times somebody helped.`,
    refused === 0 && 'The webhook refused nothing.',
    weight !== 0 && `The route still leads ${weight} % of the users to the canary.`,
    felt.since < LEAST_SINCE && `Only ${felt.since} requests came after the last one that the canary got.`,
    felt.rate === 0 && 'The canary failed no request of a user.',
    felt.failedElsewhere > 0 && `${felt.failedElsewhere} requests failed that the canary did not answer.`,
    left.wanted + left.pods > 0 && `The canary is not at zero: ${left.wanted} wanted, ${left.pods} pods left.`,
  ].filter((text) => text !== false);
}
