import { expect, it } from 'vitest';
import { openQuestions, questionId } from '../../../src/steering/question.ts';
import { runningView, twoQuestionsView } from '../../support/views.ts';

const view = twoQuestionsView();

it.each([
  ['reviews-7/refused/route/2', 'reviews-7/refused/route/2'],
  ['refused/route', 'reviews-7/refused/route/2'],
  ['route/2', 'reviews-7/refused/route/2'],
  ['refused', 'reviews-7/refused/route/2'],
  ['refuse', 'refuse'],
  ['reviews-7/refused/route/1', 'reviews-7/refused/route/1'],
  ['', ''],
])('%j means %j', (text, id) => expect(questionId(text, view.questions)).toBe(id));

it('what fits several, or is too long, is refused', () => {
  expect(() => questionId('reviews-7', view.questions)).toThrow(
    '"reviews-7" fits reviews-7/canary/canary/1 and reviews-7/refused/route/2.',
  );
  expect(() => questionId('x'.repeat(201), view.questions)).toThrow('at most 200 characters');
});

it('lists what is open', () => {
  expect(openQuestions(view)).toBe('Open questions: reviews-7/canary/canary/1, reviews-7/refused/route/2. ');
  expect(openQuestions(runningView())).toBe('');
});
