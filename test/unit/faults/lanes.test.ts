import { expect, test } from 'vitest';
import { inLanes } from '../../faults/lanes.ts';

test('lanes do everything once, so many at a time, and nothing new after an abort', async () => {
  const seen: number[] = [];
  let running = 0;
  const stop = new AbortController();
  await inLanes(
    [1, 2, 3, 4, 5, 6],
    2,
    async (item) => {
      running += 1;
      expect(running).toBeLessThanOrEqual(2);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      seen.push(item);
      if (item === 3) stop.abort();
    },
    stop.signal,
  );
  expect(seen.sort()).toEqual([1, 2, 3, 4]);
});
