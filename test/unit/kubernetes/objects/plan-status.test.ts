import { describe, expect, it } from 'vitest';
import type { Question } from '../../../../src/contract/question.ts';
import type { OutcomeKind } from '../../../../src/contract/view.ts';
import { type PlanStatus, planStatus, type ShownRollout } from '../../../../src/kubernetes/objects/plan-status.ts';
import { stepsUpTo } from '../../../support/views.ts';

const running: ShownRollout = {
  plan: 'reviews',
  rollout: 'reviews-7',
  state: 'running',
  sentence: 'Checking 20 %.',
  steps: stepsUpTo('route-canary'),
  questions: [],
  startedBy: { source: 'ci', delivery: 'ci/1' },
};
const ended = (kind: OutcomeKind): ShownRollout => ({
  ...running,
  state: 'ended',
  sentence: 'That is how it ended.',
  outcome: { kind, reason: 'That is how it ended.', step: 19 },
});
const asked = [{ id: 'reviews-7/failed/check/1', reason: 'The numbers are missing.' } as Question];

/** As kstatus and `kubectl wait` read it. */
const said = ({ conditions }: PlanStatus) => Object.fromEntries(conditions.map((one) => [one.type, one.status]));
const [yes, no] = ['True', 'False'];

describe('the status of a plan', () => {
  it.each<[string, ShownRollout, string, object]>([
    ['under way', running, 'RouteCanary', { Ready: no, Reconciling: yes, Stalled: no, Promoted: no, NeedsYou: no }],
    ['begun', { ...running, state: 'starting' }, 'Starting', { Ready: no, Reconciling: yes, Stalled: no }],
    ['going back', { ...running, state: 'going-back' }, 'GoingBack', { Ready: no, Reconciling: yes, Stalled: no }],
    [
      'a question',
      { ...running, state: 'needs-you', questions: asked },
      'NeedsYou',
      { Ready: no, Reconciling: no, Stalled: yes, Promoted: no, NeedsYou: yes },
    ],
    ['promoted', ended('promoted'), 'Promoted', { Ready: yes, Reconciling: no, Stalled: no, Promoted: yes }],
    ['cleaning', { ...ended('promoted'), state: 'cleaning' }, 'Promoted', { Ready: yes, Reconciling: no, Stalled: no }],
    ['unchanged', ended('unchanged'), 'Unchanged', { Ready: yes, Promoted: yes, Stalled: no }],
    ['failed', ended('failed'), 'Failed', { Ready: no, Reconciling: no, Stalled: yes, Promoted: no }],
    ['aborted', ended('aborted'), 'Aborted', { Ready: no, Reconciling: no, Stalled: yes, Promoted: no }],
    ['refused', ended('refused'), 'Refused', { Ready: no, Reconciling: no, Stalled: yes, Promoted: no }],
  ])('%s', (_, view, reason, expected) => {
    const status = planStatus(view, 3);
    expect(said(status)).toMatchObject(expected);
    for (const one of status.conditions) expect(one).toMatchObject({ reason, observedGeneration: 3 });
    // the words that the API server takes
    expect(reason).toMatch(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
  });

  it('keeps the time of what stays, and says what is asked', () => {
    const before = planStatus(running, 3, {}, '2026-11-30T10:00:00.123Z');
    const after = planStatus({ ...running, state: 'needs-you', questions: asked }, 4, before, '2026-11-30T11:00:00Z');
    const times = Object.fromEntries(after.conditions.map((one) => [one.type, one.lastTransitionTime]));
    const [then, now] = ['2026-11-30T10:00:00Z', '2026-11-30T11:00:00Z'];
    expect(times).toEqual({ Ready: then, Reconciling: now, Stalled: now, Promoted: then, NeedsYou: now });
    expect(after).toMatchObject({
      state: 'Needs you',
      rollout: 'reviews-7',
      sentence: 'Needs you: The numbers are missing.',
    });
  });
});
