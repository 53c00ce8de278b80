/** A verdict that no request stands behind says so wherever it is shown. */
import { describe, expect, it } from 'vitest';
import { changeLines } from '../../../src/cli/render/changes.ts';
import { renderRollout } from '../../../src/cli/render/index.ts';
import type { PodHealthCheck } from '../../../src/contract/analysis.ts';
import type { IntervalResult } from '../../../src/contract/verdict.ts';
import { judgeInterval } from '../../../src/judge/interval.ts';
import { factsOf } from '../../../src/notify/facts.ts';
import { toText } from '../../../src/notify/message-text.ts';
import { countInterval, initialState } from '../../../src/workflows/rollout/state.ts';
import { offerFor, planFor } from '../../support/plan.ts';
import { NOW, PASSED, runningView } from '../../support/views.ts';

const check: PodHealthCheck = { name: 'pods', builtin: 'podHealth', maxRestarts: 0, minReady: 95 };
const judged = judgeInterval([check], {
  destination: { requests: 0, failures: 0, left: 0, fresh: false },
  histogram: [],
  pods: { pods: 1, ended: [], broken: [], leastReady: undefined },
});
const result: IntervalResult = { ...PASSED, ...judged, requests: 0 };

function viewOf(interval: IntervalResult) {
  const state = initialState(offerFor(planFor('reviews')), 'local', PASSED.from);
  countInterval(state, '20 %', interval);
  const { lastInterval, intervals } = state.view;
  return runningView({ lastInterval, intervals });
}

const shown = (view: ReturnType<typeof viewOf>) => [
  renderRollout(
    { view, live: {}, workers: 'polling', now: NOW, watching: true },
    { width: 90, color: false, unicode: true },
  ).join('\n'),
  toText(factsOf(view)),
  changeLines({ ...view, intervals: [] }, view, NOW).join('\n'),
];

describe('pods only', () => {
  it('stands in the picture, in messages and in lines', () => {
    for (const text of shown(viewOf(result))) expect(text).toContain('pods only');
  });

  it('stands nowhere else', () => {
    for (const text of shown(viewOf(PASSED))) expect(text).not.toContain('pods only');
  });
});
