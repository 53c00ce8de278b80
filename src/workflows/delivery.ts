import { ActivityFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { ControlActivities } from '../contract/activities.ts';
import { type DeliveryInput, type OfferAnswer, offeredWords } from '../contract/offer.ts';
import { CONTROL_MS, SILENCE_MS } from '../contract/time-limits.ts';

/** One deploy event for one plan: tried until the offer is made; one that can never be made is told as rejected. */
export async function delivery({ cluster, offer }: DeliveryInput): Promise<OfferAnswer> {
  const { name, namespace } = offer.plan;
  const { makeOffer } = proxyActivities<ControlActivities>({
    startToCloseTimeout: CONTROL_MS,
    heartbeatTimeout: SILENCE_MS,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
    summary: `offer ${offeredWords(offer.event, 'the changed configuration')} to ${namespace}/${name}`,
  });
  try {
    return await makeOffer({ cluster, offer });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { plan: name, namespace, status: 'rejected', reason: error.cause?.message ?? error.message };
  }
}
