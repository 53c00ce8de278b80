import { expect, it } from 'vitest';
import type { Question } from '../../../src/contract/question.ts';
import { answerCommands, askedText, shortId } from '../../../src/contract/question-words.ts';
import { needsYouView, runningView, twoQuestionsView } from '../../support/views.ts';

const [canary, refused] = twoQuestionsView().questions as [Question, Question];
const gate = { name: 'the mirror', from: [], count: 1, notInitiator: true, approved: ['ann'] };
const approval: Question = { ...canary, id: 'reviews-7/approval/the mirror/1', answers: {}, gate };

function commands(...questions: Question[]): string[] {
  return answerCommands({ ...needsYouView(), questions }, shortId).map(([, command]) => command);
}

it('one question: retry by itself, other answers by name', () => {
  expect(commands(canary)).toEqual(['sluice retry demo/reviews', 'sluice abort demo/reviews --reason TEXT']);
  expect(commands(refused).slice(0, 2)).toEqual([
    'sluice retry demo/reviews',
    'sluice answer demo/reviews refused/route/2 leave-it',
  ]);
});

it('several: each by its name, approvals as ever, one abort', () => {
  expect(commands(canary, refused, approval)).toEqual([
    'sluice answer demo/reviews canary/canary/1 retry',
    'sluice answer demo/reviews refused/route/2 ANSWER',
    'sluice approve demo/reviews',
    'sluice reject demo/reviews --reason TEXT',
    'sluice abort demo/reviews --reason TEXT',
  ]);
  expect(commands(approval)).toHaveLength(2);
});

it('names of others are one word for a shell', () => {
  const id = "reviews-7/queue/hook/$(rm -rf ~) 'x'/1";
  expect(commands({ ...canary, id, answers: { drop: 'drops it' } })[0]).toBe(
    "sluice answer demo/reviews 'queue/hook/$(rm -rf ~) '\\''x'\\''/1' drop",
  );
});

it('another cluster is named', () => {
  const view = runningView({ cluster: 'prod', questions: [canary] });
  expect(answerCommands(view, shortId)[0]?.[1]).toBe('sluice retry demo/reviews --cluster prod');
});

it('says who has agreed and who has seen it', () => {
  expect(askedText({ ...approval, reason: 'Needed.', acknowledged: { by: 'mo · cli', at: '' } })).toBe(
    'Needed. Approved by ann. Not by who delivered the version. (acknowledged by mo · cli)',
  );
});
