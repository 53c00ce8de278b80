/** Intervals of 12 minutes in slices: on a clock and a Prometheus of our own, so that a cut can be anywhere. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkInterval } from '../../../src/activities/check-interval.ts';
import type { IntervalInput } from '../../../src/contract/activities.ts';
import type { IntervalSoFar } from '../../../src/contract/slice.ts';
import type { ComparedTick, IntervalProgress, IntervalResult } from '../../../src/contract/verdict.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { type CountingPod, CountingPrometheus } from '../../support/fakes/counting-prometheus.ts';
import { planFor } from '../../support/routes.ts';

vi.mock('../../../src/activities/support/sleep.ts', () => ({
  sleep: (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const timer = setTimeout(resolve, ms);
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      signal.addEventListener('abort', stop, { once: true });
    }),
}));

const BEGIN = Date.parse('2026-11-21T12:00:00Z');
const MINUTE = 60_000;
const DURATION = 12 * MINUTE;
const HEARTBEAT = 10_000;
const SCRAPE = 5_000;
/** What `pod()` answers in an interval, from its last scrape before it. */
const WHOLE = 3_019;
/** Most that may be unwatched with such scrapes and heartbeats. */
const LIMIT = HEARTBEAT + 5_000 + 2 * SCRAPE;
let cluster: FakeCluster;

beforeEach(() => {
  vi.useFakeTimers({ now: BEGIN });
  cluster = new FakeCluster();
  cluster.put('deployments', { metadata: { name: 'reviews-v2', namespace: 'demo' }, status: { readyReplicas: 1 } });
});
afterEach(() => void vi.useRealTimers());

const pod = (change: Partial<CountingPod> = {}): CountingPod => ({
  arm: 'canary',
  name: 'a',
  bornMs: BEGIN - 10 * MINUTE,
  perSecond: 5,
  offsetMs: 1_300,
  ...change,
});
const primary = pod({ arm: 'primary', name: 'p', perSecond: 20, offsetMs: 700 });

function inputOf(change: Partial<IntervalInput> = {}): IntervalInput {
  const compare = {
    options: { errors: {}, latency: { unit: 'ms' }, warmupTicks: 0 },
    tickMs: 15_000,
    deadlineMs: DURATION,
    onInconclusive: 'hold',
    minRequests: 1,
  } as const;
  const plan = planFor(({ analysis }) => {
    if (change.compare) analysis.compare = compare;
  });
  return {
    ...{ plan, cluster: 'local', rollout: 'reviews-1', epoch: 1, stage: 'live', durationMs: DURATION, podHash: 'h' },
    ...change,
  } as IntervalInput;
}

/** `stop`: its worker is told to; `crash`: its worker dies. Nobody watches for `gapMs` then. */
interface Cut {
  afterMs: number;
  how: 'stop' | 'crash';
  gapMs: number;
  then?: () => void;
}

interface Watched {
  result: IntervalResult;
  slices: number;
  /** Bytes of the largest that was handed on. */
  bytes: number;
  ticks: ComparedTick[];
}

/** To the verdict, in one piece up to five minutes and cut where it is said. */
async function watched(
  prometheus: CountingPrometheus,
  input: IntervalInput,
  cuts: Cut[] = [],
  sliceMs?: number,
): Promise<Watched> {
  let soFar: IntervalSoFar | undefined;
  let reported: unknown;
  let bytes = 0;
  const ticks: ComparedTick[] = [];
  for (let slices = 1; ; slices += 1) {
    const cut = cuts.shift();
    const worker = new AbortController();
    let beat: Partial<IntervalProgress> = {};
    const run = {
      signal: worker.signal,
      heartbeat: (details: unknown) => (beat = details as IntervalProgress),
      reported,
    };
    const begun = Date.now();
    const slice = checkInterval(
      { client: cluster, prometheus: () => prometheus, ...(sliceMs && { sliceMs }) },
      { ...input, soFar },
      { ...run, heartbeatTimeoutMs: HEARTBEAT },
    );
    let over = false;
    slice.then(
      () => (over = true),
      () => (over = true),
    );
    while (!over && (cut === undefined || Date.now() < begun + cut.afterMs)) await vi.advanceTimersByTimeAsync(500);
    if (!over) worker.abort(new Error(cut?.how === 'stop' ? 'WORKER_SHUTDOWN' : 'dead'));
    const result =
      cut?.how === 'crash' && !over ? await slice.catch(() => ({ soFar, ticks: [], died: true })) : await slice;
    if ('verdict' in result) return { result, slices, bytes, ticks: [...ticks, ...(result.comparison?.ticks ?? [])] };
    ticks.push(...result.ticks);
    reported = 'died' in result ? (beat.soFar ? JSON.parse(JSON.stringify(beat)) : reported) : undefined;
    soFar = result.soFar && JSON.parse(JSON.stringify(result.soFar));
    bytes = Math.max(bytes, JSON.stringify(soFar ?? beat.soFar ?? {}).length);
    if (!cut) continue;
    await vi.advanceTimersByTimeAsync(cut.gapMs);
    cut.then?.();
  }
}

const fresh = (pods: CountingPod[]) => {
  vi.setSystemTime(BEGIN);
  const prometheus = new CountingPrometheus('reviews', SCRAPE, structuredClone(pods));
  prometheus.endMs = BEGIN + 10 * MINUTE;
  return prometheus;
};
const told = ({ verdict, requests, checks }: IntervalResult) => ({
  verdict,
  requests,
  checks: checks.map((check) => [check.name, check.verdict, check.value]),
});

const aPod = fc.record({
  perSecond: fc.integer({ min: 1, max: 40 }),
  failsEach: fc.constantFrom(undefined, undefined, 60, 90, 140, 400),
  offsetMs: fc.integer({ min: 0, max: SCRAPE - 1 }),
  bornMs: fc.oneof(fc.constant(BEGIN - 20 * MINUTE), fc.integer({ min: BEGIN, max: BEGIN + 9 * MINUTE })),
});
const aCut = fc.record({
  afterMs: fc.integer({ min: 5_000, max: 6 * MINUTE }),
  how: fc.constantFrom('stop' as const, 'crash' as const),
  gapMs: fc.integer({ min: 0, max: 10_000 }),
});

describe('an interval in slices', () => {
  it('has the verdict and the numbers that it has in one piece, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aPod, { minLength: 1, maxLength: 3 }),
        fc.array(aCut, { maxLength: 4 }),
        async (pods, cuts) => {
          const named = [primary, ...pods.map((one, i) => pod({ ...one, name: `c${i}` }))];
          const whole = await watched(fresh(named), inputOf(), [], 2 * DURATION);
          const sliced = await watched(fresh(named), inputOf(), [...cuts]);
          expect(whole.slices).toBe(1);
          expect(sliced.slices).toBeGreaterThan(2);
          expect(told(sliced.result)).toEqual(told(whole.result));
          expect(sliced.bytes).toBeLessThan(4_096);
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);

  const stop = (gapMs: number, then?: () => void): Cut => ({ afterMs: 3 * MINUTE, how: 'stop', gapMs, then });
  const crash = (gapMs: number): Cut => ({ afterMs: 3 * MINUTE, how: 'crash', gapMs });
  const spanOf = ({ from, to }: IntervalResult) => Date.parse(to) - Date.parse(from);

  it.each([
    ['its worker is told to stop', stop(20_000)],
    ['its worker dies', crash(15_000)],
  ])('is neither shortened nor begun anew when %s', async (_, cut) => {
    const { result, slices } = await watched(fresh([primary, pod()]), inputOf(), [cut]);
    expect(slices).toBe(3);
    expect(Date.now() - BEGIN).toBeGreaterThanOrEqual(DURATION + cut.gapMs);
    expect(Date.now() - BEGIN).toBeLessThan(DURATION + cut.gapMs + 3 * SCRAPE);
    expect(spanOf(result)).toBeGreaterThanOrEqual(DURATION);
    expect(result).toMatchObject({ verdict: 'pass', requests: WHOLE });
  });

  it.each([
    ['stopped', stop(LIMIT + SCRAPE)],
    ['died', crash(LIMIT + SCRAPE)],
  ])('begins anew when its worker %s and nobody watched for longer', async (_, cut) => {
    const { result } = await watched(fresh([primary, pod({ failsEach: 10 })]), inputOf(), [cut]);
    expect(Date.parse(result.from) - BEGIN).toBeGreaterThan(cut.afterMs + LIMIT);
    expect(spanOf(result)).toBeGreaterThanOrEqual(DURATION);
    expect(result.requests).toBeLessThan(5 * 60 * 6.7);
  });

  it('knows no clock but that of Prometheus: the next machine is an hour ahead', async () => {
    const prometheus = fresh([primary, pod()]);
    const ahead = () => {
      vi.setSystemTime(Date.now() + 60 * MINUTE);
      prometheus.skewMs -= 60 * MINUTE;
    };
    const { result } = await watched(prometheus, inputOf({ compare: {} }), [stop(5_000, ahead), stop(5_000)]);
    expect(result).toMatchObject({ verdict: 'pass', requests: WHOLE });
    expect(spanOf(result)).toBeLessThan(DURATION + 3 * SCRAPE);
  });

  it('goes on when Prometheus was away between two slices, and has no answer when it stays away', async () => {
    const prometheus = fresh([primary, pod()]);
    setTimeout(() => (prometheus.away = true), 4 * MINUTE);
    setTimeout(() => (prometheus.away = false), 8 * MINUTE);
    expect((await watched(prometheus, inputOf())).result).toMatchObject({ verdict: 'pass', requests: WHOLE });
    const never = fresh([primary, pod()]);
    never.away = true;
    const { result, slices } = await watched(never, inputOf());
    expect([result.verdict, slices]).toEqual(['noAnswer', 3]);
    expect(spanOf(result)).toBeLessThan(DURATION + MINUTE);
  });

  it('ends when it can only fail, where a failure decides, and nowhere else', async () => {
    const spanWith = async (failsEach: number | undefined, change: Partial<IntervalInput>) => {
      const { result } = await watched(fresh([primary, pod({ failsEach })]), inputOf(change));
      return [result.verdict, spanOf(result) < 2 * MINUTE];
    };
    expect(await spanWith(3, { decisive: true })).toEqual(['fail', true]);
    expect(await spanWith(3, {})).toEqual(['fail', false]);
    expect(await spanWith(undefined, { decisive: true })).toEqual(['pass', false]);
  });

  it('looks as often as the data change', async () => {
    const first = async (scrape: number, tickMs: number) => {
      vi.setSystemTime(BEGIN);
      const prometheus = new CountingPrometheus('reviews', scrape, structuredClone([primary, pod()]));
      const input = inputOf({ compare: {}, durationMs: 2 * MINUTE });
      Object.assign(input.plan.analysis.compare ?? {}, { tickMs });
      const { ticks } = await watched(prometheus, input);
      const moments = ticks.map(({ at }) => Date.parse(at));
      return (moments[3] ?? 0) - (moments[2] ?? 0);
    };
    expect(await first(1_000, 2_000)).toBe(2_000);
    expect(await first(5_000, 2_000)).toBe(10_000);
    expect(await first(1_000, 15_000)).toBe(15_000);
  });

  it('compares every request once', async () => {
    const pods = [
      { ...primary, failsEach: 50 },
      pod({ failsEach: 50 }),
      pod({ name: 'b', bornMs: BEGIN + 4 * MINUTE, goneMs: BEGIN + 7 * MINUTE }),
    ];
    const { result, ticks } = await watched(fresh(pods), inputOf({ compare: {} }), [
      stop(2_000),
      crash(9_000),
      stop(0),
    ]);
    const { totals } = result.comparison?.judge.metrics[0] ?? {};
    expect(totals?.canary.requests).toBe(result.requests);
    expect(totals?.primary.requests).toBe(20 * 604.3);
    const looked = ticks.reduce((sum, { canary }) => sum + (canary?.requests ?? 0), 0);
    expect(looked).toBeGreaterThan(0.6 * result.requests);
    expect(looked).toBeLessThanOrEqual(result.requests);
  });

  it('hands on at most 4 KB, however many pods and requests there are', async () => {
    const many = Array.from({ length: 50 }, (_, i) => ({
      name: `reviews-v2-5d8f7c9b6-${i}`,
      perSecond: 997,
      failsEach: 37,
      offsetMs: 97 * i,
    }));
    const pods = many.flatMap((one) => [pod(one), pod({ ...one, arm: 'primary', perSecond: 4_007 })]);
    const { bytes } = await watched(fresh(pods), inputOf({ compare: {} }), [crash(1_000), stop(1_000)]);
    expect(bytes).toBeGreaterThan(2_000);
    expect(bytes).toBeLessThanOrEqual(4_096);
  });
});
