import { expect, test, vi } from 'vitest';
import { metricsApp } from '../../../src/telemetry/page.ts';
import { ServerMetrics } from '../../../src/telemetry/server-metrics.ts';
import type { StandingSamples } from '../../../src/telemetry/standing.ts';

const REST = {} as StandingSamples;

test('Temporal is asked by a scrape, for all scrapes of five seconds, and never without one', async () => {
  vi.useFakeTimers();
  try {
    const read = vi.fn(async () => REST);
    const app = metricsApp(new ServerMetrics(read));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(read).not.toHaveBeenCalled();
    const scrape = async () => (await app.request('/metrics')).status;
    expect(await Promise.all(Array.from({ length: 100 }, scrape))).toEqual(Array(100).fill(200));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(await scrape()).toBe(200);
    expect(read).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(read).toHaveBeenCalledTimes(1);
    expect(await scrape()).toBe(200);
    expect(read).toHaveBeenCalledTimes(2);
  } finally {
    vi.useRealTimers();
  }
});

test('it answers nothing else', async () => {
  const app = metricsApp(new ServerMetrics(async () => REST));
  for (const path of ['/', '/healthz', '/hooks/deploy']) expect((await app.request(path)).status).toBe(404);
  expect((await app.request('/metrics', { method: 'POST' })).status).toBe(404);
});
