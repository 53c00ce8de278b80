import { EventEmitter } from 'node:events';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { judgeLoad, runLoad } from '../../../src/activities/run-load.ts';
import { LoadTally } from '../../../src/activities/support/load-tally.ts';
import { LoadTurns } from '../../../src/activities/support/load-turns.ts';
import type { LoadSlice, TestResult } from '../../../src/contract/activities.ts';
import type { LoadPlan } from '../../../src/contract/plan.ts';
import type { LoadSoFar } from '../../../src/contract/slice.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { type PodServer, podServer } from '../../support/fakes/pod-server.ts';
import { planFor } from '../../support/routes.ts';

// the pods here are servers of this machine
vi.mock('../../../src/network/address.ts', () => ({ isLocal: () => false }));

let cluster: FakeCluster;
const pods: PodServer[] = [];
beforeEach(() => {
  cluster = new FakeCluster();
});
afterEach(() => {
  for (const pod of pods.splice(0)) pod.close();
});

async function addPod(name: string, listener: RequestListener): Promise<PodServer> {
  const pod = await podServer(name, listener);
  pods.push(pod);
  cluster.put('pods', pod.object);
  return pod;
}

const LOAD: LoadPlan = {
  requestsPerSecond: 40,
  durationMs: 2_000,
  path: '/',
  method: 'GET',
  headers: {},
  expect: { successRate: 99 },
};

const run = async (
  change: Partial<LoadPlan> = {},
  signal = new AbortController().signal,
  heartbeat = (_: unknown) => {},
  turns = new LoadTurns(),
) =>
  whole(
    await runLoad(
      cluster,
      {
        plan: { ...planFor(), load: { ...LOAD, ...change } },
        cluster: 'local',
        clusterUid: 'uid',
        rollout: 'reviews-1',
        epoch: 1,
        podHash: '5d8f',
      },
      { signal, heartbeat },
      { turns },
    ),
  );

function whole(slice: LoadSlice): TestResult {
  if (!('passed' in slice)) throw new Error('the test is not over');
  return slice;
}

/** Counts what it gets and answers with a status by number. */
function counting(statusOf: (n: number) => number = () => 200): { listener: RequestListener; count: () => number } {
  let n = 0;
  return {
    count: () => n,
    listener: (_, response) => {
      n += 1;
      response.writeHead(statusOf(n)).end('x');
    },
  };
}

describe('the load test', () => {
  it('sends a constant rate, spread evenly over the pods', async () => {
    const [a, b] = [counting(), counting()];
    await addPod('a', a.listener);
    await addPod('b', b.listener);
    const beats: unknown[] = [];
    const result = await run({}, undefined, (details) => beats.push(details));
    expect(result.passed).toBe(true);
    expect(a.count() + b.count()).toBeGreaterThanOrEqual(70);
    expect(a.count() + b.count()).toBeLessThanOrEqual(130);
    expect(Math.abs(a.count() - b.count())).toBeLessThanOrEqual(20);
    expect(result.details[0]).toMatch(/^\d+ requests in [\d.]+ s to 2 pods$/);
    expect(beats.length).toBeGreaterThanOrEqual(1);
  });

  it('fails below the wanted rate of success', async () => {
    await addPod('a', counting((n) => (n % 10 < 3 ? 500 : 200)).listener);
    const result = await run();
    expect(result.passed).toBe(false);
    expect(result.sentence).toMatch(/^(6|7)\d(\.\d+)? % of \d+ requests succeeded, at least 99 % wanted$/);
  });

  it('counts answers below 500 as success', async () => {
    await addPod('a', counting(() => 404).listener);
    expect((await run()).passed).toBe(true);
  });

  it('counts requests whose connection closed before the answer', async () => {
    let n = 0;
    await addPod('a', (request, response) => {
      n += 1;
      if (n % 4 === 0) request.socket.end();
      else response.end('x');
    });
    const result = await run();
    expect(result.passed).toBe(false);
    expect(result.details.join()).toMatch(/\d+ not answered/);
  });

  it('fails when nobody listens, without hammering the port', async () => {
    const pod = await addPod('a', () => {});
    pod.close();
    const result = await run();
    expect(result).toMatchObject({
      passed: false,
      sentence: expect.stringMatching(/^none of \d+ requests was answered$/),
    });
    expect(Number(/of (\d+)/.exec(result.sentence)?.[1])).toBeLessThanOrEqual(120);
  });

  it('fails when the pod never answers', async () => {
    await addPod('a', () => {});
    expect((await run({ durationMs: 3_000 })).passed).toBe(false);
  });

  it('holds the 99th percentile against the limit', async () => {
    await addPod('a', (_, response) => void setTimeout(() => response.end(), 120));
    const result = await run({ expect: { successRate: 99, p99Ms: 50 } });
    expect(result).toMatchObject({
      passed: false,
      sentence: expect.stringMatching(/^p99 was \d+ ms, at most 50 ms wanted$/),
    });
  });

  it('stops when cancelled, and fails without a pod', async () => {
    expect((await run()).passed).toBe(false);
    await addPod('a', counting().listener);
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(new Error('cancelled')), 300);
    const startMs = Date.now();
    await expect(run({ durationMs: 30_000 }, cancel.signal)).rejects.toThrow('cancelled');
    expect(Date.now() - startMs).toBeLessThan(3_000);
  });
});

describe('load tests of one worker', () => {
  it('wait their turn, in order, and are refused where their turn can never come', async () => {
    const turns = new LoadTurns(50);
    const at: [string, number][] = [];
    await addPod('a', (request, response) => {
      at.push([request.url ?? '', performance.now()]);
      response.end();
    });
    const one = (path: string) => run({ path, durationMs: 600 }, undefined, undefined, turns);
    expect((await Promise.all([one('/first'), one('/second')])).map(({ passed }) => passed)).toEqual([true, true]);
    const times = (path: string) => at.filter(([url]) => url === path).map(([, ms]) => ms);
    expect(Math.max(...times('/first'))).toBeLessThan(Math.min(...times('/second')));
    const tooMuch = await run({ requestsPerSecond: 51 }, undefined, undefined, turns);
    expect(tooMuch).toMatchObject({
      passed: false,
      sentence: expect.stringContaining('51 is more than a worker sends, 50'),
    });
  });

  it('leave the turn of one that is cancelled while it waits to the next', async () => {
    const turns = new LoadTurns(50);
    const signal = new AbortController().signal;
    const end = await turns.take(40, signal);
    const cancel = new AbortController();
    const [second, third] = [turns.take(40, cancel.signal), turns.take(10, signal)];
    cancel.abort(new Error('cancelled'));
    await expect(second).rejects.toThrow('cancelled');
    (await third)();
    end();
    (await turns.take(50, signal))();
  });
});

describe('a load test in slices', () => {
  const slice = (
    soFar: LoadSoFar | undefined,
    sliceMs: number,
    signal = new AbortController().signal,
    beats: unknown[] = [],
  ) =>
    runLoad(
      cluster,
      {
        plan: { ...planFor(), load: { ...LOAD, durationMs: 4_000 } },
        cluster: 'local',
        clusterUid: 'uid',
        rollout: 'reviews-1',
        epoch: 1,
        podHash: '5d8f',
        soFar,
      },
      { signal, heartbeat: (details) => void beats.push(details) },
      { sliceMs },
    );
  const handedOn = (result: LoadSlice): LoadSoFar => {
    if (!('soFar' in result)) throw new Error('the test is over');
    return JSON.parse(JSON.stringify(result.soFar));
  };

  it('sends as many requests as in one piece and judges all of them', async () => {
    const pod = counting((n) => (n <= 12 ? 500 : 200));
    await addPod('a', pod.listener);
    // a slice ends with its worker, once each connection has had an answer
    const untilWorkerStops = async (soFar?: LoadSoFar) => {
      const worker = new AbortController();
      const enough = pod.count() + 45;
      const look = setInterval(() => pod.count() >= enough && worker.abort(new Error('WORKER_SHUTDOWN')), 20);
      return handedOn(await slice(soFar, 60_000, worker.signal).finally(() => clearInterval(look)));
    };
    const first = await untilWorkerStops();
    const second = await untilWorkerStops(first);
    expect(first.seconds).toBeGreaterThan(0);
    expect(second.seconds).toBeGreaterThan(first.seconds);
    expect(second.seconds).toBeLessThan(4);
    const result = await slice(second, 60_000);
    expect(result).toMatchObject({
      passed: false,
      details: [expect.anything(), expect.anything(), '12 × 500', expect.anything()],
    });
    expect(pod.count()).toBeGreaterThanOrEqual(120);
    // each of the three pieces begins with the requests of its first second
    expect(pod.count()).toBeLessThanOrEqual(LOAD.requestsPerSecond * (4 + 3));
  });

  it('hands on at most 4 KB, with the times of every answer in it', () => {
    const tally = new LoadTally();
    const client = new EventEmitter();
    tally.watch(client);
    for (let ms = 1; ms <= 10_000; ms += 1) client.emit('response', [200, 404, 500, 503][ms % 4], 0, ms);
    const soFar = JSON.parse(JSON.stringify({ ...tally.soFar, seconds: 299.9 }));
    expect(JSON.stringify(soFar).length).toBeLessThanOrEqual(4_096);
    for (const p99Ms of [tally.p99Ms, new LoadTally(soFar).p99Ms]) expect(Math.abs(p99Ms - 9_900)).toBeLessThan(100);
  });
});

it('never rounds a rate up to the one that was wanted', () => {
  const figures = {
    statuses: new Map([
      [200, 98_999],
      [500, 1_001],
    ]),
    unanswered: 0,
    stopped: false,
    p99Ms: 1,
    seconds: 1,
    pods: 1,
  };
  expect(judgeLoad(LOAD, figures)).toMatchObject({ passed: false, sentence: expect.stringContaining('98.99 %') });
});
