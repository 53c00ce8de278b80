/** Intervals with checks of web addresses and Jobs, and checks at one weight: no Prometheus is there to be asked. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkInterval } from '../../../src/activities/check-interval.ts';
import type { IntervalInput } from '../../../src/contract/activities.ts';
import type { Check } from '../../../src/contract/analysis.ts';
import { weighted } from '../../../src/contract/intent.ts';
import type { IntervalResult } from '../../../src/contract/verdict.ts';
import { NO_METRICS } from '../../../src/metrics/no-metrics.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { planFor, virtualService } from '../../support/routes.ts';

vi.mock('../../../src/activities/support/sleep.ts', () => ({
  sleep: (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      setTimeout(resolve, ms);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
}));

const web = (name: string, at?: number): Check => ({ name, web: { source: name, path: '/', pointer: '' }, max: 1, at });

let cluster: FakeCluster;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-29T12:00:00Z') });
  cluster = new FakeCluster();
  cluster.put('deployments', { metadata: { name: 'reviews-v2', namespace: 'demo' }, status: { readyReplicas: 1 } });
  cluster.put('virtualservices', virtualService([]));
});
afterEach(() => void vi.useRealTimers());

async function interval(weight: number, values: Record<string, number>, checks: Check[]): Promise<IntervalResult> {
  const plan = planFor(({ analysis }) => {
    delete analysis.prometheus;
    analysis.checks = checks;
  });
  const others = {
    web: async ({ source = '' }: { source?: string }) =>
      source in values ? { value: values[source] as number } : { reason: 'nobody answers' },
    cleanUp: () => cluster,
  };
  const input = { plan, cluster: 'local', rollout: 'reviews-1', epoch: 1, durationMs: 10_000, podHash: 'h' };
  let ended = false;
  const over = checkInterval(
    { client: cluster, prometheus: () => NO_METRICS, others },
    { ...input, stage: 'live', intent: weighted(weight) } as unknown as IntervalInput,
    { signal: new AbortController().signal, heartbeat: () => {} },
  ).finally(() => {
    ended = true;
  });
  for (let second = 0; !ended && second < 60; second += 1) await vi.advanceTimersByTimeAsync(1_000);
  return over as Promise<IntervalResult>;
}

describe('an interval', () => {
  it('is decided by a web address, and has no answer without its number', async () => {
    expect(await interval(20, { errors: 1 }, [web('errors')])).toMatchObject({ verdict: 'pass' });
    expect(await interval(20, { errors: 2 }, [web('errors')])).toMatchObject({ verdict: 'fail' });
    expect(await interval(20, {}, [web('errors')])).toMatchObject({
      verdict: 'noAnswer',
      sentence: 'errors: no answer, nobody answers',
    });
  });

  it('has the checks of its own weight, and those of all weights', async () => {
    const checks = [web('always'), web('early', 20), web('late', 100)];
    const values = { always: 0, early: 9, late: 0 };
    const names = (result: IntervalResult) => result.checks.map(({ name }) => name);
    const [at20, at50, at100] = [
      await interval(20, values, checks),
      await interval(50, values, checks),
      await interval(100, values, checks),
    ];
    expect([at20, at50, at100].map(names)).toEqual([['always', 'early'], ['always'], ['always', 'late']]);
    expect([at20, at50, at100].map(({ verdict }) => verdict)).toEqual(['fail', 'pass', 'pass']);
  });
});
