/** A newer deploy event while a rollout runs: the plan's `onNewRevision` decides. */
import type { Offer, OfferAnswer, OfferStatus } from '../rollout/offer.ts';
import { remembered } from '../rollout/state.ts';
import { GoBack } from './errors.ts';
import type { Run } from './run.ts';

/** Never two revisions at once: the newer one follows, is refused, or is what runs anyway. */
export function decideOffer(run: Run, offer: Offer): OfferAnswer {
  const { view, state } = run;
  if (state.next?.id === offer.id) return { ...answer(run, 'queued'), again: run.startsAtOnce || undefined };
  if (state.seenOffers.includes(offer.id)) return answer(run, 'duplicate', 'an earlier rollout of this target took it');
  state.seenOffers = remembered(state.seenOffers, offer.id);
  if (view.state === 'cleaning') return followAtOnce(run, offer);
  if (view.state === 'ended') return follow(run, offer, 'queued', 'it starts when the ended rollout has told people');
  if (offer.event.image && offer.event.image === run.offer.event.image && !run.goBackRequest) {
    return answer(run, 'unchanged', `${view.rollout ?? 'the running rollout'} carries it already`);
  }
  switch (run.plan.onNewRevision) {
    case 'reject':
      return answer(
        run,
        'rejected',
        `${view.rollout ?? 'another rollout'} runs and the plan says onNewRevision: reject`,
      );
    case 'queue':
      return follow(run, offer, 'queued', 'it starts when the running rollout has ended');
    case 'supersede':
      return supersede(run, offer);
  }
}

function supersede(run: Run, offer: Offer): OfferAnswer {
  const tooLate = run.line('upgrade-primary').state !== 'pending';
  if (tooLate) return follow(run, offer, 'queued', 'the primary is being upgraded; it starts when that is finished');
  if (!run.goBackRequest) {
    const newer = offer.event.image ?? 'a newer configuration';
    run.goBackRequest = new GoBack({ kind: 'superseded', reason: `Superseded by ${newer}.` });
  }
  return follow(run, offer, 'superseding', 'users go to the primary first');
}

/** After the end only cookies are being taken away; the next run tells what becomes of the offer. */
function followAtOnce(run: Run, offer: Offer): OfferAnswer {
  run.startsAtOnce = true;
  return { ...follow(run, offer, 'queued', 'it starts now'), again: true };
}

/** The newest offer is the one that follows. */
function follow(run: Run, offer: Offer, status: OfferStatus, reason: string): OfferAnswer {
  run.state.next = offer;
  run.view.queued = { image: offer.event.image, delivery: offer.id };
  return answer(run, status, reason);
}

function answer(run: Run, status: OfferStatus, reason?: string): OfferAnswer {
  return { plan: run.plan.name, namespace: run.plan.namespace, status, rollout: run.view.rollout, reason };
}
