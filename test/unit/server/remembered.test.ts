import { expect, test } from 'vitest';
import { KNOWN_MS, remembered } from '../../../src/server/remembered.ts';

test('nothing is asked before somebody wants to know, and then once in five seconds', async () => {
  let now = 0;
  let asked = 0;
  const know = remembered(
    async () => ++asked,
    () => now,
  );
  now = 60_000;
  expect(asked).toBe(0);
  expect(await Promise.all([know(), know(), know()])).toEqual([1, 1, 1]);
  now += KNOWN_MS - 1;
  expect(await know()).toBe(1);
  now += 1;
  expect(await know()).toBe(2);
});
