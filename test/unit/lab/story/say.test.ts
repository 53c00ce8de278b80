import { expect, test } from 'vitest';
import { clock, indented } from '../../../../lab/story/index.ts';

test('time since the start', () => {
  expect([0, 7_900, 67_000, 600_000].map(clock)).toEqual(['0:00', '0:07', '1:07', '10:00']);
});

test('long lines go on below themselves; columns inside a line stay', () => {
  const lines = indented('Steps\n\n   5 run   done  1 test passed', 28);
  expect(lines).toEqual(['  Steps', '', '     5 run   done  1 test', '       passed']);
  expect(indented(`${'word '.repeat(40)}${'x'.repeat(90)}`, 60).every((line) => line.length <= 60)).toBe(true);
});
