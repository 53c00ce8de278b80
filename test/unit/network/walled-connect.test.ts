import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { walledConnect } from '../../../src/network/walled-connect.ts';

type Answer = { address: string; family: number }[];
/** What names lead to, one answer after another. */
const names = new Map<string, Answer[]>();

vi.mock(import('node:dns'), async (original) => {
  const dns = await original();
  const lookup = (name: string, _: unknown, done: (error: Error | null, all: Answer) => void) =>
    done(null, names.get(name)?.shift() ?? []);
  return { ...dns, lookup: lookup as unknown as typeof dns.lookup };
});

let server: Server;
let taken = 0;
const agent = new Agent({ connect: walledConnect({ timeout: 500 }) });
const open = new Agent();

beforeAll(async () => {
  server = createServer((_, response) => response.end('here')).on('connection', () => {
    taken += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
});
afterAll(async () => {
  await Promise.all([agent.close(), open.close()]);
  server.close();
});

const LOOPBACK = { address: '127.0.0.1', family: 4 };
const OTHER = { address: '192.0.2.1', family: 4 };
const url = (host: string) => `http://${host}:${(server.address() as AddressInfo).port}/`;

it.each(['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', '0', '[::]'])('does not connect to %s', async (host) => {
  await expect(request(url(host), { dispatcher: agent })).rejects.toMatchObject({ code: 'ERR_LOCAL_ADDRESS' });
  expect(taken).toBe(0);
});

it.each([
  ['leads to this machine', [[LOOPBACK]]],
  ['has one bad address of two', [[OTHER, LOOPBACK]]],
  ['leads elsewhere when it is asked again', [[LOOPBACK], [OTHER]]],
])('does not connect to a name that %s', async (_, answers) => {
  names.set('name.test', answers);
  await expect(request(url('name.test'), { dispatcher: agent })).rejects.toMatchObject({ code: 'ERR_LOCAL_ADDRESS' });
  expect(taken).toBe(0);
});

it('connects to what was checked: a name that changes between two look-ups is looked up once', async () => {
  names.set('changes.test', [[OTHER], [LOOPBACK]]);
  await expect(request(url('changes.test'), { dispatcher: agent })).rejects.not.toMatchObject({
    code: 'ERR_LOCAL_ADDRESS',
  });
  expect([names.get('changes.test')?.length, taken]).toEqual([1, 0]);
});

it('is needed: without it the same address is connected to', async () => {
  expect((await request(url('127.0.0.1'), { dispatcher: open })).statusCode).toBe(200);
});
