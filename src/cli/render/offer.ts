import type { OfferAnswer } from '../../contract/offer.ts';

const SENTENCES: Record<OfferAnswer['status'], string> = {
  started: 'started',
  unchanged: 'nothing to do',
  superseding: 'takes the place of what runs',
  queued: 'waits in line',
  rejected: 'refused',
  duplicate: 'taken before',
  pending: 'stored; the answer is still to come',
};

/** What became of an offer, and what is wrong with it. @param hasWorker someone will look at it */
export function offerLines(
  { plan, namespace, status, rollout, reason, problems }: OfferAnswer,
  hasWorker = true,
): string[] {
  const name = status === 'started' && rollout ? rollout : `${namespace}/${plan}`;
  const sentence = hasWorker
    ? SENTENCES[status]
    : 'stored, but no worker is polling. Nothing is lost: it starts when one is';
  const details = (problems ?? []).map(({ where, problem, remedy }) => `  ${where}: ${problem}; ${remedy}`);
  return [`${name}: ${sentence}${reason && details.length === 0 ? `: ${reason}` : ''}`, ...details];
}
