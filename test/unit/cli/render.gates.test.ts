import { expect, it } from 'vitest';
import { renderRollout } from '../../../src/cli/render/index.ts';
import type { Question } from '../../../src/contract/question.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { NOW, needsYouView, runningView } from '../../support/views.ts';

function picture(view: RolloutView): string {
  const look = { width: 100, color: false, unicode: true };
  return renderRollout({ view, live: {}, workers: 'polling', now: NOW, watching: false }, look).join('\n');
}

it('an approval shows who may, who has, and what each answer does', () => {
  const view = needsYouView();
  const question: Question = {
    id: 'reviews-7/approval/40 % of the users/1',
    kind: 'approval',
    object: '40 % of the users',
    reason: '2 approvals of ann, group:platform are needed before 40 % of the users.',
    since: NOW.toISOString(),
    answers: {},
    onAbort: 'goes back to the previous revision, as reject does',
    onSilence: 'goes on after 1h',
    gate: {
      name: '40 % of the users',
      from: ['ann', 'group:platform'],
      count: 2,
      notInitiator: true,
      approved: ['ann'],
    },
  };
  const text = picture({ ...view, questions: [question] }).replace(/\s+/g, ' ');
  expect(text).toContain('2 approvals of ann, group:platform are needed before 40 % of the users. Approved by ann.');
  expect(text).toContain('Not by who delivered the version.');
  expect(text).toContain('approve goes on to 40 % of the users');
  expect(text).toContain('no answer goes on after 1h');
  expect(text).toContain('sluice reject demo/reviews --reason TEXT');
});

it('hours that are over offer to let it go on', () => {
  const sentence = 'Waiting until 2026-11-23T08:00:00.000Z: outside its windows: mon 09:00–17:00 Europe/Berlin.';
  const text = picture(runningView({ closed: { reason: 'outside its windows' }, sentence })).replace(/\s+/g, ' ');
  expect(text).toContain(sentence);
  expect(text).toContain('Go on now: sluice approve demo/reviews');
  expect(picture(runningView())).not.toContain('sluice approve');
});
