import type { OfferAnswer } from '../../contract/offer.ts';

const SENTENCES: Record<Exclude<OfferAnswer['status'], 'superseding' | 'queued'>, string> = {
  started: 'started',
  unchanged: 'nothing to do',
  rejected: 'refused',
  duplicate: 'taken before',
  pending: 'stored; the answer is still to come',
};

/** What became of an offer, and what is wrong with it. @param hasWorker someone will look at it */
export function offerLines(offer: OfferAnswer, hasWorker = true): string[] {
  const { plan, namespace, status, rollout, reason, problems } = offer;
  const name = status === 'started' && rollout ? rollout : `${namespace}/${plan}`;
  const sentence = hasWorker
    ? sentenceOf(offer)
    : 'stored, but no worker is polling. Nothing is lost: it starts when one is';
  const details = (problems ?? []).map(({ where, problem, remedy }) => `  ${where}: ${problem}; ${remedy}`);
  return [`${name}: ${sentence}${reason && details.length === 0 ? `: ${reason}` : ''}`, ...details];
}

function sentenceOf({ status, running = 'what runs' }: OfferAnswer): string {
  if (status === 'superseding') return `takes the place of ${running}`;
  return status === 'queued' ? `waits behind ${running}` : SENTENCES[status];
}
