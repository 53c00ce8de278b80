import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { gate } from '../../../faults/tools/gate.ts';
import { type Fault, FaultProxy } from '../../../support/lab/fault-proxy.ts';
import { seededRandom } from '../../../support/random.ts';

/** Counts what arrives and answers with the count; a watch never ends. */
let arrived = 0;
const server = createServer((request, response) => {
  arrived += 1;
  response.setHeader('content-type', 'application/json');
  if (request.url?.includes('watch=1')) response.write('{"type":"ADDED"}\n');
  else response.end(JSON.stringify({ count: arrived }));
});
let proxy: FaultProxy;

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  arrived = 0;
  proxy = await FaultProxy.open({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, seededRandom(1));
});
afterEach(() => proxy.stop());

const breakIt = (fault: Fault) => proxy.add({ match: (_method, path) => path === '/broken', fault });
const ask = async (path = '/broken') => (await fetch(proxy.url + path)).text();

test('what no rule is for passes, and a rule is over after its times', async () => {
  breakIt({ kind: 'answer', status: 500 });
  expect(await ask('/other')).toBe('{"count":1}');
  expect((await fetch(`${proxy.url}/broken`)).status).toBe(500);
  expect(await ask()).toBe('{"count":2}');
  expect(proxy.hits).toBe(1);
});

test('an answer of its own never reaches the server', async () => {
  breakIt({ kind: 'answer', status: 429, retryAfterS: 7 });
  const answer = await fetch(`${proxy.url}/broken`);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
  expect(await answer.json()).toMatchObject({ kind: 'Status', code: 429 });
  expect(arrived).toBe(0);
});

test.each([
  ['drop', 0],
  ['cut', 1],
] as const)('%s breaks the line with %i requests arrived', async (kind, count) => {
  breakIt({ kind });
  await expect(ask()).rejects.toThrow();
  expect(arrived).toBe(count);
});

test('twice arrives two times and answers once', async () => {
  breakIt({ kind: 'twice' });
  expect(await ask()).toBe('{"count":2}');
});

test('truncate ends in the middle, as a whole answer', async () => {
  breakIt({ kind: 'truncate' });
  expect(await ask()).toBe('{"cou');
});

test('stale repeats the first answer', async () => {
  proxy.add({ match: () => true, fault: { kind: 'stale' }, times: 3 });
  expect([await ask(), await ask(), await ask(), await ask()]).toEqual(
    Array(3).fill('{"count":1}').concat('{"count":2}'),
  );
});

test('delay and hold are forwarded later', async () => {
  breakIt({ kind: 'delay', ms: 50 });
  const started = performance.now();
  await ask();
  expect(performance.now() - started).toBeGreaterThanOrEqual(45);
  const held = gate();
  breakIt({ kind: 'hold', release: held.opened, arrived: held.arrive });
  const answer = ask();
  await held.arrived;
  expect(arrived).toBe(1);
  held.open();
  expect(await answer).toBe('{"count":2}');
});

test('a watch ends, and says that it is gone', async () => {
  proxy.add({ match: () => true, fault: { kind: 'endWatch', afterMs: 50 } });
  expect(await ask('/x?watch=1')).toBe('{"type":"ADDED"}\n');
  proxy.add({ match: () => true, fault: { kind: 'endWatch', afterMs: 50, gone: true } });
  expect(await ask('/x?watch=1')).toMatch(/^\{"type":"ADDED"\}\n\{"type":"ERROR".*"code":410/);
});

test('a share is met by the same requests for the same seed', async () => {
  const hits = async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const seeded = await FaultProxy.open({ url }, seededRandom(7));
    seeded.add({ match: () => true, fault: { kind: 'answer', status: 503 }, times: 100, share: 0.5 });
    const statuses = [];
    for (let n = 0; n < 12; n += 1) statuses.push((await fetch(seeded.url)).status);
    seeded.stop();
    return statuses;
  };
  const first = await hits();
  expect(new Set(first)).toEqual(new Set([200, 503]));
  expect(await hits()).toEqual(first);
});
