import { describe, expect, it } from 'vitest';
import { PodTally } from '../../../../src/activities/support/pod-tally.ts';
import type { PodsSeen } from '../../../../src/judge/window.ts';
import type { Pod, PodContainer } from '../../../../src/kubernetes/objects/pods.ts';

type State = NonNullable<PodContainer['state']>;
const RUNS: State = { running: {} };
const ended = (exitCode = 1, reason = 'Error'): State => ({ terminated: { exitCode, reason } });
const waits = (reason: string): State => ({ waiting: { reason } });

function status(name: string, restartCount: number, state = RUNS, lastState: State = {}): PodContainer {
  return { name, restartCount, state, lastState, ready: state === RUNS };
}

function pod(name: string, ready = true, containers = [status('app', 0)], more: Partial<Pod['status']> = {}): Pod {
  return {
    metadata: { name, namespace: 'demo' },
    spec: { containers: [{ name: 'app', image: 'reviews:v2' }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: containers,
      ...more,
    },
  };
}

/** Looks at 0, 10, 20 s …, of an interval of 100 s. */
function tallied(...looks: Pod[][]) {
  const tally = new PodTally(0);
  for (const [index, pods] of looks.entries()) tally.see(pods, index * 10_000);
  return seenOf(tally);
}

function seenOf(tally: PodTally): PodsSeen {
  return tally.seen(100_000) ?? expect.fail('nothing was seen');
}

const counts = (seen: ReturnType<typeof tallied>) => seen.ended.map(({ container, times }) => `${container} ${times}`);

describe('ends of containers', () => {
  it.each(['app', 'constructor'])('count whatever the container is called: %s', (name) => {
    const later = pod('b', true, [status('log', 0), status(name, 2)]);
    expect(counts(tallied([pod('a')], [pod('a'), later]))).toEqual([`${name} of b 2`]);
  });

  it('count from the begin of the interval, those of new pods from their own', () => {
    const before = pod('a', true, [status('app', 3)]);
    expect(counts(tallied([before], [before]))).toEqual([]);
    expect(counts(tallied([before], [pod('a', true, [status('app', 5)]), pod('b', true, [status('app', 1)])]))).toEqual(
      ['app of a 2', 'app of b 1'],
    );
  });

  it('count once, between the end and the start that follows it', () => {
    const looks = [
      status('app', 0),
      status('app', 0, ended()),
      status('app', 0, waits('CrashLoopBackOff'), ended()),
      status('app', 1, RUNS, ended()),
      status('app', 1, ended()),
    ].map((one) => [pod('a', false, [one])]);
    expect(looks.map((_, last) => counts(tallied(...looks.slice(0, last + 1)))[0])).toEqual([
      undefined,
      ...['app of a 1', 'app of a 1', 'app of a 1', 'app of a 2'],
    ]);
  });

  it('of init containers and native sidecars count, not their being done', () => {
    const init = (of: PodContainer[]) => [pod('a', true, [status('app', 0)], { initContainerStatuses: of })];
    const well = init([status('migrate', 0, ended(0, 'Completed')), status('proxy', 0)]);
    expect(counts(tallied(well, well))).toEqual([]);
    expect(counts(tallied(well, init([status('migrate', 1, ended(0, 'Completed')), status('proxy', 2)])))).toEqual([
      'migrate of a 1',
      'proxy of a 2',
    ]);
  });

  it('do not count while the pod is being deleted, and stay when it is gone', () => {
    const going = pod('a', false, [status('app', 0, ended(143))]);
    going.metadata.deletionTimestamp = '2026-11-29T12:00:00Z';
    expect(tallied([pod('a')], [going], [])).toMatchObject({ ended: [], leastReady: { percent: 100 } });
    expect(counts(tallied([pod('a')], [pod('a', true, [status('app', 1)])], []))).toEqual(['app of a 1']);
  });

  it.each<[string, Pod[], string[]]>([
    ['by their node', [pod('a', false, [], { phase: 'Failed' })], []],
    [
      'again and again',
      [pod('a', false, [status('app', 4, waits('CrashLoopBackOff'), ended())])],
      ['container app of a crashes, 4 restarts, last exit code 1 (Error)'],
    ],
    [
      'before they begin',
      [pod('a', false, [status('app', 0, waits('ImagePullBackOff'))])],
      ['image reviews:v2 of a cannot be pulled (ImagePullBackOff)'],
    ],
    [
      'as nothing that anybody knows',
      [pod('a', false, [status('app', 0, waits('SomethingNew'))])],
      ['container app of a is starting (SomethingNew)'],
    ],
    ['not, but start', [pod('a', false, [status('app', 0, waits('PodInitializing'))])], []],
  ])('%s', (_, pods, broken) => {
    expect(tallied([pod('a')], pods).broken).toEqual(broken);
  });

  it('for want of memory say so, of the interval alone', () => {
    const killed = (times: number) => [pod('a', true, [status('app', times, RUNS, ended(137, 'OOMKilled'))])];
    expect(counts(tallied(killed(1), killed(1)))).toEqual([]);
    expect(counts(tallied(killed(1), killed(2)))).toEqual(['app of a (out of memory) 1']);
    expect(counts(tallied([pod('a')], [pod('a', false, [status('app', 0, ended(137, 'OOMKilled'))])]))).toEqual([
      'app of a (out of memory) 1',
    ]);
  });
});

describe('readiness', () => {
  const [on, off] = [[pod('a')], [pod('a', false)]];
  it.each<[string, Pod[][], number]>([
    ['all the time', [on, on], 100],
    ['lost for a look', [on, off, on], 90],
    ['lost twice', [on, off, on, off, on], 80],
    ['lost until the end', [on, off], 10],
    ['never there, of a pod that was there at the begin', [off], 0],
    [
      'of a pod that came, from its first readiness on',
      [on, [pod('a'), pod('b', false)], [pod('a'), pod('b', false)]],
      100,
    ],
    [
      'of a pod that came and lost it',
      [on, [pod('a'), pod('b')], [pod('a'), pod('b', false)], [pod('a'), pod('b')]],
      90,
    ],
    ['lost by a pod that goes', [on, off, []], 90],
  ])('%s', (_, looks, percent) => {
    expect(tallied(...looks).leastReady?.percent).toBe(percent);
  });
});

describe('from one slice to the next', () => {
  const crashed = pod('b', true, [status('app', 2)]);

  it('goes on where the other left off, whatever happened between them', () => {
    const first = new PodTally(0);
    first.see([pod('a'), pod('b', true, [status('app', 1)])], 0);
    first.see([pod('a', false), crashed, pod('new', false)], 10_000);
    const handedOn = JSON.parse(JSON.stringify(first.soFar(20_000)));
    const next = new PodTally(0, handedOn);
    next.see(
      [pod('a'), pod('b', true, [status('app', 3)]), pod('new', false), pod('other', true, [status('app', 1)])],
      30_000,
    );
    const seen = seenOf(next);
    expect(counts(seen)).toEqual(['app of b 2', 'app of other 1']);
    expect(seen.leastReady).toEqual({ pod: 'a', percent: 90 });
  });

  it('hands on nothing of pods of which there is nothing to say', () => {
    const tally = new PodTally(0);
    tally.see(
      Array.from({ length: 500 }, (_, i) => pod(`p${i}`)),
      0,
    );
    expect(tally.soFar(1)).toEqual({});
  });
});
