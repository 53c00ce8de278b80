import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LoadTurns } from '../../../../src/activities/support/load-turns.ts';
import { sendOwnRequests } from '../../../../src/activities/support/own-requests.ts';
import type { IntervalSoFar } from '../../../../src/contract/slice.ts';
import { type PodServer, podServer } from '../../../support/fakes/pod-server.ts';
import { planFor } from '../../../support/routes.ts';

let gateway: PodServer;
let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  gateway.close();
});

interface Asked {
  soFar?: IntervalSoFar;
  host?: string;
  remoteOnly?: boolean | 'unsaid';
}

async function interval(stage: 'mirror' | 'live', { soFar, host = '127.0.0.1', remoteOnly = false }: Asked = {}) {
  const seen: { url: string; host: string; mark: string }[] = [];
  gateway = await podServer('gateway', ({ url = '', headers }, response) => {
    seen.push({ url, host: headers.host ?? '', mark: String(headers['x-sluice-load']) });
    response.end();
  });
  const during = {
    address: `http://${host}:${gateway.port}`,
    stages: ['shift' as const],
    requestsPerSecond: 20,
    path: '/shop',
    method: 'GET' as const,
    headers: { host: 'reviews.example' },
  };
  const analysis = { prometheus: '', checks: [], failureThreshold: 1, noAnswerLimit: 1 };
  const input = { plan: { ...planFor(), analysis, during }, stage, rollout: 'reviews-7', ...(soFar && { soFar }) };
  const turns = new LoadTurns(20);
  const deps = { turns, ...(remoteOnly !== 'unsaid' && { remoteOnly: async () => remoteOnly }) };
  return { seen, turns, own: sendOwnRequests(input, deps, stop.signal) };
}

it('sends marked requests by the users’ way in its stages, counts them on, and ends with the interval', async () => {
  const { seen, turns, own } = await interval('live', { soFar: { watchedMs: 1, samples: { behind: {} }, own: 1_000 } });
  for (let tries = 0; tries < 400 && (own() ?? 0) <= 1_000; tries += 1) await sleep(50);
  expect(seen[0]).toEqual({ url: '/shop', host: 'reviews.example', mark: 'reviews-7' });
  expect(own()).toBeGreaterThan(1_000);
  stop.abort(new Error('the interval is over'));
  // its turn is free again
  (await turns.take(20, AbortSignal.timeout(5_000)))();
  const { length } = seen;
  await sleep(500);
  expect(seen.length).toBe(length);
});

it.each<[string, Asked['remoteOnly']]>([
  ['127.0.0.1', true],
  ['localhost', true],
  ['localhost', 'unsaid'],
])('sends none to %s where plans may name no local address (%s), and all others go on', async (host, remoteOnly) => {
  const { seen, own } = await interval('live', { host, remoteOnly });
  await sleep(1_500);
  expect([own(), seen.length]).toEqual([0, 0]);
  gateway.close();
  const { seen: allowed } = await interval('live', { host });
  for (let tries = 0; tries < 400 && allowed.length === 0; tries += 1) await sleep(50);
  expect(allowed.length).toBeGreaterThan(0);
});

it('sends none in other stages', async () => {
  const { seen, own } = await interval('mirror');
  await sleep(500);
  expect([own(), seen.length]).toEqual([undefined, 0]);
});
