import { describe, expect, it } from 'vitest';
import type { Check, PodHealthCheck } from '../../../src/contract/analysis.ts';
import { judgeInterval } from '../../../src/judge/interval.ts';
import type { PodsSeen } from '../../../src/judge/window.ts';

const pods: PodHealthCheck = { name: 'pods', builtin: 'podHealth', maxRestarts: 1, minReady: 95 };
const rate: Check = { name: 'success-rate', builtin: 'requestSuccessRate', min: 99 };
const WELL: PodsSeen = { pods: 2, ended: [], broken: [], leastReady: { pod: 'a', percent: 100 } };
const window = (seen?: PodsSeen | { reason: string }, requests = 0) => ({
  destination: { requests, failures: 0, left: 0, fresh: true },
  histogram: [],
  ...(seen && { pods: seen }),
});
const judge = (seen?: PodsSeen | { reason: string }, checks: Check[] = [pods], requests = 0) =>
  judgeInterval(checks, window(seen, requests));

describe('the check of pods', () => {
  it.each<[string, PodsSeen | { reason: string } | undefined, string, string]>([
    ['well', WELL, 'pass', 'pods: 2 pods, 0 restarts, each ready 100 % of the time or more'],
    [
      'restarts that are excused',
      { ...WELL, ended: [{ container: 'app of a', times: 1 }] },
      'pass',
      'pods: 2 pods, 1 restart (app of a once), each ready 100 % of the time or more',
    ],
    [
      'more of them, over all pods',
      {
        ...WELL,
        ended: [
          { container: 'app of a', times: 1 },
          { container: 'istio-proxy of b', times: 2 },
        ],
      },
      'fail',
      'pods: containers ended: app of a once, istio-proxy of b 2 times; at most 1 excused',
    ],
    ['what nothing excuses', { ...WELL, broken: ['app of a was killed'] }, 'fail', 'pods: app of a was killed'],
    [
      'too little readiness',
      { ...WELL, leastReady: { pod: 'a', percent: 94.96 } },
      'fail',
      'pods: a was ready 94.96 % of the time, at least 95 % wanted',
    ],
    ['nobody there', { ...WELL, pods: 0 }, 'noAnswer', 'pods: no answer, no pod of the revision is there'],
    [
      'nobody there any more, after crashes',
      { ...WELL, pods: 0, ended: [{ container: 'app of a', times: 2 }] },
      'fail',
      'pods: containers ended: app of a 2 times; at most 1 excused',
    ],
    ['unreadable', { reason: 'forbidden' }, 'noAnswer', 'pods: no answer, forbidden'],
    ['not looked at', undefined, 'noAnswer', 'pods: no answer, the pods were not looked at'],
  ])('%s', (_, seen, verdict, sentence) => {
    expect(judge(seen)).toMatchObject({ verdict, sentence });
  });

  it('alone says so, beside another check it does not', () => {
    expect(judge(WELL).checks).toMatchObject([{ verdict: 'pass', podsOnly: true }]);
    expect(judge(WELL, [rate, pods], 100).checks.map(({ podsOnly }) => podsOnly)).toEqual([undefined, undefined]);
  });

  it('never makes a pass of what another check has no answer to, nor of its failure', () => {
    expect(judge(WELL, [rate, pods], 0).verdict).toBe('noAnswer');
    expect(judge(WELL, [pods, rate], 100).verdict).toBe('pass');
    expect(judge({ ...WELL, broken: ['x'] }, [pods, rate], 100).verdict).toBe('fail');
  });

  it('is not excused by a primary that is not looked at', () => {
    const failing = window({ ...WELL, broken: ['x'] }, 100);
    expect(judgeInterval([rate, pods], failing, window(undefined, 100)).verdict).toBe('fail');
  });
});
