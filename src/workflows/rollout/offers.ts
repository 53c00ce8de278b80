/** A newer deploy event while a rollout runs: the plan's `onNewRevision` decides. */
import { olderThan } from '../../contract/build-order.ts';
import { type Offer, type OfferAnswer, type OfferStatus, offeredWords, whyLate } from '../../contract/offer.ts';
import { GoBack } from './errors.ts';
import { proofOfOffer } from './proof.ts';
import { openAbout } from './questions.ts';
import { LONGEST_QUEUE, queueOf, setQueue } from './queue.ts';
import type { Run } from './run.ts';
import { remembered } from './state.ts';

/** Nothing gives way to an offer before a worker has judged whose it is. */
export async function takeOffer(run: Run, offer: Offer): Promise<OfferAnswer> {
  const proof = offer.kind === 'repair' ? {} : await proofOfOffer(run, offer);
  return 'refused' in proof ? answer(run, 'rejected', proof.refused) : decideOffer(run, offer, proof);
}

/** Never two revisions at once: the newer one follows, is refused, or is what runs anyway. */
function decideOffer(run: Run, offer: Offer, { issuedAt }: { issuedAt?: string }): OfferAnswer {
  const { view, state } = run;
  const running = view.rollout ?? 'the running rollout';
  if (offer.kind === 'repair') return answer(run, 'rejected', `${running} looks after it: there is nothing to repair`);
  if (queueOf(state).some(({ id }) => id === offer.id)) {
    return { ...answer(run, 'queued'), again: run.startsAtOnce || undefined };
  }
  if (state.seenOffers.includes(offer.id)) return answer(run, 'duplicate', 'an earlier rollout of this target took it');
  const taken = [run.offer, ...queueOf(state)].filter(({ statement, kind }) => issuedAt && statement && !kind);
  const [late] = taken.flatMap(({ event }) => whyLate(issuedAt ?? '', event.receivedAt) ?? []);
  if (late) return answer(run, 'rejected', late);
  state.seenOffers = remembered(state.seenOffers, offer.id);
  if (view.state === 'cleaning') return followAtOnce(run, offer);
  if (view.state === 'ended') return queue(run, offer, 'it starts when the ended rollout has told people');
  if (run.offer.kind === 'repair') return queue(run, offer, 'it starts when what was left behind is at rest');
  if (isCarried(run, offer)) return answer(run, 'unchanged', `${running} carries it already`);
  if (isWhatPrimaryRuns(run, offer)) return goBackTo(run, offer);
  const older = whyOlder(run, offer);
  if (older) return answer(run, 'rejected', older);
  switch (run.plan.onNewRevision) {
    case 'reject':
      return answer(
        run,
        'rejected',
        `${view.rollout ?? 'another rollout'} runs and the plan says onNewRevision: reject`,
      );
    case 'queue':
      return queue(run, offer, 'it starts when the running rollout has ended');
    case 'supersede':
      return supersede(run, offer);
  }
}

/** The running rollout brings it, and does not go back. */
function isCarried({ state, offer: own, goBackRequest }: Run, { event }: Offer): boolean {
  const { image, mark } = event;
  const carried = mark === undefined ? own.event.image : (state.detected?.mark ?? own.event.mark);
  return !goBackRequest && (image ?? mark) !== undefined && (mark ?? image) === carried;
}

/** The revision that a rollout would go back to, as long as it can. */
function isWhatPrimaryRuns(run: Run, { event }: Offer): boolean {
  const { previous, revision } = run.view;
  if (!event.image || event.image !== previous?.image || event.image === revision?.image) return false;
  return run.goBackRequest !== undefined || run.line('switch-back').state === 'pending';
}

/** Going back to what the primary runs is an abort; what waits is older than this wish. */
function goBackTo(run: Run, { event }: Offer): OfferAnswer {
  setQueue(run.state, []);
  run.goBackRequest ??= new GoBack({
    kind: 'superseded',
    reason: `${event.image} was delivered again, which the primary runs: going back to it.`,
  });
  return answer(run, 'unchanged', `the primary runs it; ${run.view.rollout ?? 'the running rollout'} goes back to it`);
}

/** A build that is older than the running one, or than one that waits, came late and is not wanted any more. */
function whyOlder(run: Run, offer: Offer): string | undefined {
  for (const other of [...(run.goBackRequest ? [] : [run.offer]), ...queueOf(run.state)]) {
    const why = olderThan(offer.event, other.event);
    if (!why) continue;
    const carried = other === run.offer ? `${run.view.rollout ?? 'the running rollout'} carries` : 'waits already';
    return `it is an older build than ${offeredWords(other.event, 'the configuration')}, which ${carried}: ${why}`;
  }
  return undefined;
}

function supersede(run: Run, offer: Offer): OfferAnswer {
  // while nobody knows what to do about a primary that does not get ready, a newer version may be what helps
  const tooLate = run.state.touched && !openAbout(run, { kind: 'primary', object: 'primary' });
  if (tooLate) return follow(run, offer, 'queued', 'the primary is being upgraded; it starts when that is finished');
  if (!run.goBackRequest) {
    const newer = offeredWords(offer.event, 'a newer configuration');
    run.goBackRequest = new GoBack({ kind: 'superseded', reason: `Superseded by ${newer}.` });
  }
  return follow(run, offer, 'superseding', 'users go to the primary first');
}

/** After the end only cookies are being taken away; the next run tells what becomes of the offer. */
function followAtOnce(run: Run, offer: Offer): OfferAnswer {
  run.startsAtOnce = true;
  return { ...follow(run, offer, 'queued', 'it starts now'), again: true };
}

/** Behind those that wait when the plan wants them all, otherwise in their place. */
function queue(run: Run, offer: Offer, reason: string): OfferAnswer {
  const { onNewRevision, queue: kept } = run.plan;
  const before = onNewRevision === 'queue' && kept === 'all' ? queueOf(run.state) : [];
  if (before.length === 0) return follow(run, offer, 'queued', reason);
  if (before.length >= LONGEST_QUEUE) return answer(run, 'rejected', `${before.length} revisions wait already`);
  setQueue(run.state, [...before, offer]);
  return answer(run, 'queued', `it starts after ${before.length} that came before it`);
}

/** The newest offer is the one that follows. */
function follow(run: Run, offer: Offer, status: OfferStatus, reason: string): OfferAnswer {
  setQueue(run.state, [offer]);
  return answer(run, status, reason);
}

function answer(run: Run, status: OfferStatus, reason?: string): OfferAnswer {
  const { rollout } = run.view;
  const named = status === 'unchanged' ? { rollout } : { running: rollout };
  return { plan: run.plan.name, namespace: run.plan.namespace, status, ...named, reason };
}
