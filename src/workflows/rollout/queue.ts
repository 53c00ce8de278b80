/** Offers that wait behind a rollout: the newest only, or all of them in order. Pure transitions. */
import type { Offer } from '../../contract/offer.ts';
import type { RolloutState } from './state.ts';

/** Offers that may wait at once. */
export const LONGEST_QUEUE = 20;

/** The offers that wait, the next one first. */
export function queueOf({ next, waiting = [] }: Pick<RolloutState, 'next' | 'waiting'>): Offer[] {
  return next ? [next, ...waiting] : [];
}

export function setQueue(state: RolloutState, offers: readonly Offer[]): void {
  const [next, ...waiting] = offers;
  state.next = next;
  state.waiting = waiting.length > 0 ? waiting : undefined;
  state.view.queued = next && {
    image: next.event.image,
    delivery: next.id,
    ...(waiting.length > 0 && { more: waiting.length }),
  };
}
