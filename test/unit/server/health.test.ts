import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { healthApp } from '../../../src/server/health.ts';

function temporal() {
  const state = { calls: 0, up: true };
  const getSystemInfo = async () => {
    state.calls += 1;
    if (!state.up) throw new Error('away');
  };
  const withDeadline = (_: number, call: () => Promise<unknown>) => call();
  return { state, client: { workflowService: { getSystemInfo }, withDeadline } as unknown as Client };
}

it('asks Temporal once in five seconds, however many want to know', async () => {
  const { state, client } = temporal();
  let now = 0;
  const app = healthApp(client, () => now);
  const ask = async () => (await app.request('/readyz')).status;
  expect(await Promise.all(Array.from({ length: 1000 }, ask))).toEqual(Array(1000).fill(200));
  expect(state.calls).toBe(1);
  state.up = false;
  now = 4_999;
  expect(await ask()).toBe(200);
  now = 5_000;
  expect(await ask()).toBe(503);
  expect(state.calls).toBe(2);
  expect((await app.request('/healthz')).status).toBe(200);
  expect((await app.request('/hooks/deploy', { method: 'POST' })).status).toBe(404);
});
