import { expect, it } from 'vitest';
import { everyAt } from '../../../src/contract/plan-parts.ts';

it.each([
  [5, 600],
  [6, 60],
  [50, 60],
  [100, 30],
  [0, 600],
])('at %i %% of the users an interval takes its stage’s time', (weight, every) => {
  expect(everyAt({ weights: [5, 50, 100], everyMs: 30, stagesMs: [600, 60, 30] }, weight)).toBe(every);
  expect(everyAt({ weights: [5, 50, 100], everyMs: 30 }, weight)).toBe(30);
});
