/** What reaches a running rollout: offers, actions, and the question how it stands. */
import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import { type Action, type ActionAnswer, VERBS } from '../contract/action.ts';
import { MESSAGES } from '../contract/ids.ts';
import type { Offer, OfferAnswer } from '../contract/offer.ts';
import type { RolloutView } from '../contract/view.ts';
import { applyAction } from './actions.ts';
import { decideOffer } from './offers.ts';
import { refusal } from './refusals.ts';
import type { Run } from './run.ts';

export const offerUpdate = defineUpdate<OfferAnswer, [Offer]>(MESSAGES.offer);
const actionUpdate = defineUpdate<ActionAnswer, [Action]>(MESSAGES.action);
const viewQuery = defineQuery<RolloutView>(MESSAGES.view);
/** For emergencies, with nothing but the Temporal CLI: the input is a reason, or nothing. */
const pauseSignal = defineSignal<[string?]>(MESSAGES.pause);
const abortSignal = defineSignal<[string?]>(MESSAGES.abort);

export function receiveMessages(run: Run): void {
  setHandler(viewQuery, () => run.view, { description: 'Everything people are shown about this rollout' });
  setHandler(
    offerUpdate,
    async (offer) => {
      if (offer.id !== run.offer.id) return decideOffer(run, offer);
      await condition(() => run.answer !== undefined);
      return run.answer as OfferAnswer;
    },
    { description: 'A deploy event for this target' },
  );
  setHandler(actionUpdate, (action) => applyAction(run, action), {
    description: VERBS.join(', '),
    validator: (action) => {
      const reason = refusal(run, action);
      if (reason) throw ApplicationFailure.nonRetryable(reason, 'ActionRefused');
    },
  });
  setHandler(pauseSignal, (reason) => fromSignal(run, 'pause', reason), { description: 'Pause in an emergency' });
  setHandler(abortSignal, (reason) => fromSignal(run, 'abort', reason), { description: 'Abort in an emergency' });
}

async function fromSignal(run: Run, verb: 'pause' | 'abort', reason: string | undefined): Promise<void> {
  const action: Action = { id: uuid4(), verb, actor: { name: '', channel: 'temporal' }, reason };
  if (!refusal(run, action)) await applyAction(run, action);
}
