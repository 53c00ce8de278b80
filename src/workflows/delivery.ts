import { ActivityFailure, isCancellation, proxyActivities, setHandler } from '@temporalio/workflow';
import type { ControlActivities } from '../contract/activities.ts';
import { answerQuery } from '../contract/messages.ts';
import type { DeliveryAnswer, DeliveryInput, Offer, OfferAnswer } from '../contract/offer.ts';
import { CONTROL_MS, SILENCE_MS } from '../contract/time-limits.ts';

/** One deploy event: makes an offer to each of its plans and does not end before every one has an answer. */
export async function delivery(input: DeliveryInput): Promise<DeliveryAnswer> {
  const answers = input.offers.map(
    ({ plan }): OfferAnswer => ({ plan: plan.name, namespace: plan.namespace, status: 'pending' }),
  );
  const answer = { delivery: input.offers[0]?.event.deliveryId ?? '', offers: answers };
  setHandler(answerQuery, () => answer);
  await Promise.all(
    input.offers.map(async (offer, index) => {
      answers[index] = await offerTo(input.cluster, offer);
    }),
  );
  return answer;
}

/** Tried until it is made; an offer that can never be made is told as rejected and does not hold up the others. */
async function offerTo(cluster: string, offer: Offer): Promise<OfferAnswer> {
  const { name, namespace } = offer.plan;
  const { makeOffer } = proxyActivities<ControlActivities>({
    startToCloseTimeout: CONTROL_MS,
    heartbeatTimeout: SILENCE_MS,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
    summary: `offer ${offer.event.image ?? 'the changed configuration'} to ${namespace}/${name}`,
  });
  try {
    return await makeOffer({ cluster, offer });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { plan: name, namespace, status: 'rejected', reason: error.cause?.message ?? error.message };
  }
}
