/** The screens as people meet them: recorded rollouts of the lab and of the histories, and views where nothing was recorded in the middle. */
import { needsYouView, promotedView, runningView } from '../../../../test/support/views.ts';
import { endOf, eventsOf, intervalsOf, rolloutOf } from './recorded.ts';
import { recordedWorld, type StandInWorld } from './stand-in.ts';

export interface PageScene {
  path: string;
  world: () => StandInWorld;
}

const REVIEWS = '/rollouts/local/demo/reviews';

const gate = { name: '40 % of the users', from: ['ann', 'group:platform'], count: 1, notInitiator: true, approved: [] };
const asking = needsYouView();
const approval = rolloutOf({
  ...asking,
  questions: asking.questions.map((one) => ({ ...one, kind: 'approval' as const, gate })),
});
const running = rolloutOf(runningView());
const paused = rolloutOf(
  runningView({
    state: 'paused',
    sentence: 'Paused by ann · web at 40 %.',
    paused: { by: 'ann · web', since: '2026-11-21T12:08:00.000Z', reason: 'p99 looks odd' },
  }),
);
const compared = eventsOf('v0.1.0-compared');
const worse = rolloutOf({ ...endOf(compared), cluster: 'local', plan: 'reviews' });

export const SCENES = {
  list: { path: '/', world: () => recordedWorld([approval, rolloutOf(runningView({ plan: 'ratings' }))]) },
  'an empty list': { path: '/?state=paused', world: () => recordedWorld([running]) },
  running: { path: REVIEWS, world: () => recordedWorld([running]) },
  paused: { path: REVIEWS, world: () => recordedWorld([paused]) },
  'an approval': { path: REVIEWS, world: () => recordedWorld([approval]) },
  'no worker': { path: REVIEWS, world: () => recordedWorld([running], { unpolled: ['sluice'] }) },
  failed: { path: REVIEWS, world: () => recordedWorld() },
  'back by evidence': {
    path: REVIEWS,
    world: () => recordedWorld([worse], { intervals: intervalsOf(compared) }),
  },
  promoted: { path: REVIEWS, world: () => recordedWorld([rolloutOf(promotedView())]) },
  'an abort that asks': { path: `${REVIEWS}?ask=abort`, world: () => recordedWorld([running]) },
  history: { path: `${REVIEWS}/history`, world: () => recordedWorld() },
} satisfies Record<string, PageScene>;
