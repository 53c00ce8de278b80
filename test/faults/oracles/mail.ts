/** I6: people are told. */
import { isOutcome } from '../../../src/contract/view.ts';
import { lastView, type Trace } from './trace.ts';

/**
 * Every end is told; a second copy carries the same Message-ID and says the same. An event that began no rollout is answered to its
 * sender instead.
 */
export function endIsTold(trace: Trace): string[] {
  const view = lastView(trace);
  if (!view?.outcome || !view.rollout || trace.recipients.length === 0 || !['ended', 'cleaning'].includes(view.state))
    return [];
  const about = trace.mails.filter(({ headers }) => headers['x-sluice-rollout'] === view.rollout);
  const ends = about.filter(({ headers }) => isOutcome(headers['x-sluice-reason']));
  const wrong = ends.filter(({ headers }) => headers['x-sluice-reason'] !== view.outcome?.kind);
  const ids = new Set(ends.map(({ headers }) => headers['message-id']));
  return [
    ...(ends.length === 0 ? [`nobody was told that ${view.rollout} ${view.outcome.kind}`] : []),
    ...(ids.size > 1 ? [`the end was told as ${ids.size} different messages`] : []),
    ...wrong.map(({ headers }) => `a mail says ${headers['x-sluice-reason']}, but it was ${view.outcome?.kind}`),
  ];
}
