/** What reaches a running rollout: offers, actions, and the question how it stands. Wrong ones are refused before they are stored. */
import { ApplicationFailure, condition, setHandler, uuid4 } from '@temporalio/workflow';
import { type Action, VERBS } from '../../contract/action.ts';
import { actionFault, emergencyOf, offerFault } from '../../contract/message-faults.ts';
import { abortSignal, actionUpdate, offerUpdate, pauseSignal, viewQuery, wakeSignal } from '../../contract/messages.ts';
import type { OfferAnswer } from '../../contract/offer.ts';
import { applyAction } from './actions.ts';
import { takeOffer } from './offers.ts';
import { refusal } from './refusals.ts';
import type { Run } from './run.ts';

export function receiveMessages(run: Run): void {
  setHandler(viewQuery, () => run.view, { description: 'Everything people are shown about this rollout' });
  setHandler(
    offerUpdate,
    async (offer) => {
      if (offer.id !== run.offer.id) return takeOffer(run, offer);
      await condition(() => run.answer !== undefined);
      return run.answer as OfferAnswer;
    },
    {
      description: 'A deploy event for this target',
      validator: (offer) => refuseWith(offerFault(offer, run.plan), 'OfferRefused'),
    },
  );
  setHandler(actionUpdate, (action) => applyAction(run, action), {
    description: VERBS.join(', '),
    validator: (action) => refuseWith(actionFault(action) ?? refusal(run, action), 'ActionRefused'),
  });
  setHandler(pauseSignal, (sent) => fromSignal(run, 'pause', sent), { description: 'Pause in an emergency' });
  setHandler(abortSignal, (sent) => fromSignal(run, 'abort', sent), { description: 'Abort in an emergency' });
  setHandler(wakeSignal, () => undefined, { description: 'Nothing, but for what starts workers' });
}

function refuseWith(reason: string | undefined, type: string): void {
  if (reason) throw ApplicationFailure.nonRetryable(reason, type);
}

/** With the id of an update the two are one. */
async function fromSignal(run: Run, verb: 'pause' | 'abort', sent: unknown): Promise<void> {
  const { id = uuid4(), reason } = emergencyOf(sent);
  const action: Action = { id, verb, actor: { name: '', channel: 'temporal' }, reason };
  if (!refusal(run, action)) await applyAction(run, action);
}
