import dns from 'node:dns';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { wallProcess } from '../../../src/network/walled-connect.ts';

const { lookup } = dns;
afterEach(() => {
  dns.lookup = lookup;
});

const errorOf = async (socket: Socket): Promise<string> => {
  const [{ code }] = await once(socket, 'error').catch((error) => [error]);
  return code;
};

it.each([
  ['http://192.0.2.1', true],
  ['http://[2001:db8::1]:8080/a', true],
  ['http://127.0.0.1:8080', false],
  ['http://2130706433', false],
  ['http://[::ffff:169.254.169.254]', false],
  ['http://localhost', false],
  ['http://name.invalid', false],
])('%s is of use to a process that goes to no local address: %s', async (url, use) => {
  expect(await wallProcess([url])).toBe(use);
  expect(await wallProcess(['http://192.0.2.1', url])).toBe(use);
});

it('whoever connects there, by whatever library', async () => {
  expect(await errorOf(net.connect(1, 'localhost'))).toBe('ECONNREFUSED');
  await wallProcess([]);
  expect(await errorOf(net.connect(1, 'localhost'))).toBe('ERR_LOCAL_ADDRESS');
});
