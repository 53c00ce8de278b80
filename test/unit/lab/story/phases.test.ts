import { expect, test } from 'vitest';
import type { ProbeRecord } from '../../../../lab/prober/index.ts';
import { countPhases, phasesOf, type RouteObject, type TrafficChange, trafficOf } from '../../../../lab/story/index.ts';

const at = (seconds: number, canary: number, mirror = 0): TrafficChange => ({
  at: seconds * 1000,
  primary: 100 - canary,
  canary,
  mirror,
});

const CHANGES = [at(0, 0), at(10, 0, 100), at(20, 0), at(20.1, 20), at(30, 100), at(40, 0)];

test('one phase per change, from the state at the start; what is passed through is none', () => {
  expect(phasesOf(CHANGES, 5_000, 50_000)).toEqual([
    { name: 'before, tests', canary: 0, mirror: 0, from: 5_000, to: 10_000 },
    { name: 'mirror 100 %', canary: 0, mirror: 100, from: 10_000, to: 20_100 },
    { name: 'weight 20 %', canary: 20, mirror: 0, from: 20_100, to: 30_000 },
    { name: 'weight 100 %', canary: 100, mirror: 0, from: 30_000, to: 40_000 },
    { name: 'back on primary', canary: 0, mirror: 0, from: 40_000, to: 50_000 },
  ]);
});

test('every request counts once, in the phase in which it was sent', () => {
  const users = Array.from({ length: 500 }, (_, n) => record(n, n * 100));
  const counted = countPhases(phasesOf(CHANGES, 0, 50_000), users, [{ at: 10_000 }, { at: 19_999 }, { at: 45_000 }]);
  expect(counted.map(({ sent }) => sent)).toEqual([100, 101, 99, 100, 100]);
  expect(counted.map(({ copies }) => copies)).toEqual([0, 2, 0, 0, 1]);
  expect(counted.reduce((sum, { failed }) => sum + failed, 0)).toBe(1);
  expect(counted[0]?.byVersion).toEqual({ v1: 99, none: 1 });
});

function record(n: number, sentAt: number): ProbeRecord {
  const answered = { status: 200, version: 'v1', pod: 'reviews-v1-a' };
  const lost = { status: null, version: null, pod: null, error: 'timeout' };
  return { n, id: `t-${n}`, sentAt, ms: 1, ...(n === 7 ? lost : answered) };
}

test('traffic is read from a VirtualService', () => {
  const route = [
    { destination: { subset: 'v1' }, weight: 80 },
    { destination: { subset: 'v2' }, weight: 20 },
  ];
  const object = (rule: object): RouteObject => ({ spec: { http: [rule] } });
  expect(trafficOf(object({ route }))).toEqual({ primary: 80, canary: 20, mirror: 0 });
  expect(trafficOf({ spec: { http: [{ match: [{}] }, { route }] } })).toMatchObject({ canary: 20 });
  expect(trafficOf(object({ route, mirror: {} }))).toMatchObject({ mirror: 100 });
  expect(trafficOf(object({ route, mirror: {}, mirrorPercentage: { value: 30 } }))).toMatchObject({ mirror: 30 });
});
