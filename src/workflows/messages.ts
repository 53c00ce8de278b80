/** What reaches a running rollout: offers, actions, and the question how it stands. */
import { ApplicationFailure, condition, setHandler, uuid4 } from '@temporalio/workflow';
import { type Action, VERBS } from '../contract/action.ts';
import { abortSignal, actionUpdate, offerUpdate, pauseSignal, viewQuery } from '../contract/messages.ts';
import type { OfferAnswer } from '../contract/offer.ts';
import { applyAction } from './actions.ts';
import { decideOffer } from './offers.ts';
import { refusal } from './refusals.ts';
import type { Run } from './run.ts';

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
