import { expect, test } from 'vitest';
import { leaves, timeToLeave } from '../../../src/worker/leaving.ts';

const quiet = { idleMs: Number.POSITIVE_INFINITY };
const never = { isBusy: () => false, signal: new AbortController().signal };

test('a worker stands by unless it is told to leave', () => {
  expect(leaves({})).toBe(false);
  expect(leaves({ untilIdleMs: 1 })).toBe(true);
  expect(leaves({ atMostMs: 1 })).toBe(true);
});

test('it leaves after it had nothing to do for long enough, counted from its start', async () => {
  const began = performance.now();
  expect(await timeToLeave({ untilIdleMs: 120 }, quiet, never)).toBe('Leaving: nothing was under way for 0.1 s.');
  expect(performance.now() - began).toBeGreaterThan(110);
});

test('an activity that is under way, or has just ended, keeps it', async () => {
  let left = false;
  const underWay = { idleMs: 0 };
  const leaving = timeToLeave({ untilIdleMs: 50 }, underWay, never).then(() => {
    left = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(left).toBe(false);
  underWay.idleMs = 50;
  await leaving;
});

test('a workflow that is being told something keeps it', async () => {
  let looks = 0;
  const isBusy = () => {
    looks += 1;
    return looks < 3;
  };
  await timeToLeave({ untilIdleMs: 1 }, quiet, { ...never, isBusy });
  expect(looks).toBe(3);
});

test('it leaves when its time is over, whatever is under way', async () => {
  const busy = { isBusy: () => true, signal: never.signal };
  expect(await timeToLeave({ untilIdleMs: 10, atMostMs: 120 }, { idleMs: 0 }, busy)).toBe(
    'Leaving: its 0.1 s are over.',
  );
});

test('nothing is waited for any more once it has ended', async () => {
  const ended = new AbortController();
  const leaving = timeToLeave({}, quiet, { ...never, signal: ended.signal });
  ended.abort();
  await expect(leaving).rejects.toThrow('aborted');
});
