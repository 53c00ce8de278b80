/** The delivery workflow beside a small stand-in for the rollout, whose behaviour is the first word of the plan's name. */

import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { offerUpdate } from '../../../src/contract/messages.ts';
import type { Offer, OfferAnswer } from '../../../src/contract/offer.ts';

export { delivery } from '../../../src/workflows/delivery.ts';

/** What is handed over stands in its history. */
export async function notices(): Promise<void> {}

export interface RunCounter {
  /** 1 for the first run of this workflow id, 2 for the second … */
  countRuns(workflowId: string): Promise<number>;
}

export const endSignal = defineSignal('end');

const { countRuns } = proxyActivities<RunCounter>({ startToCloseTimeout: '10 seconds' });

export async function rollout({ offer }: { offer: Offer }): Promise<void> {
  const { name, namespace } = offer.plan;
  const [behaviour] = name.split('-');
  let offers = 0;
  let run = 0;
  let ended = false;
  setHandler(endSignal, () => {
    ended = true;
  });
  setHandler(offerUpdate, async (given): Promise<OfferAnswer> => {
    offers += 1;
    if (behaviour === 'refuses') throw ApplicationFailure.nonRetryable('this cannot be', 'Refused');
    if (behaviour === 'waits') await condition(() => ended);
    await condition(() => run > 0);
    if (behaviour === 'closes' && run === 1) await condition(() => false);
    const status = given.id !== offer.id ? 'queued' : run > 1 ? 'duplicate' : 'started';
    return { plan: name, namespace, status, rollout: `${name}-${offers}` };
  });
  run = await countRuns(workflowInfo().workflowId);
  await condition(() => ended || (behaviour === 'closes' && run === 1 && offers > 0));
  if (behaviour === 'waits') await condition(allHandlersFinished);
}
