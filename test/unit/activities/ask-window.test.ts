import { expect, test } from 'vitest';
import { askWindow } from '../../../src/activities/ask-window.ts';
import type { WindowPlan } from '../../../src/contract/plan.ts';

const windows: WindowPlan[] = [{ for: ['forward'], days: ['thu'], from: '09:00', to: '17:00', zone: 'Europe/Berlin' }];

function ask(workflowClock: string, workerClock: string) {
  const input = { windows, freezes: [], purpose: 'forward' as const, atMs: Date.parse(workflowClock) };
  return askWindow(input, () => Date.parse(workerClock));
}

test('a worker whose clock is behind opens when the timer says so', async () => {
  expect(await ask('2026-11-26T08:00:00Z', '2026-11-26T07:59:55Z')).toEqual({ open: true });
});

test('a question that waited for a worker is answered as of now', async () => {
  expect(await ask('2026-11-26T15:59:00Z', '2026-11-26T16:01:00Z')).toMatchObject({
    open: false,
    untilMs: Date.parse('2026-12-03T08:00:00Z'),
  });
});
