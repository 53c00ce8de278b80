import { describe, expect, it } from 'vitest';
import { TrustedProxies } from '../../../src/server/trusted-proxies.ts';

const proxies = new TrustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/16']);

describe('who the client is', () => {
  it.each([
    ['the peer, when it is no proxy, whatever it says', '203.0.113.1', '198.51.100.1', '203.0.113.1'],
    ['what a proxy says', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['what a proxy says over IPv6', '::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['the last one that is no proxy', '10.1.2.3', '1.1.1.1, 198.51.100.1, 192.0.2.7', '198.51.100.1'],
    ['a proxy, when it says nothing', '10.1.2.3', undefined, '10.1.2.3'],
    ['a proxy, when it says nonsense', '10.1.2.3', '198.51.100.1, unknown', '10.1.2.3'],
    ['a proxy, when it names proxies only', '10.1.2.3', 'fd00::1', 'fd00::1'],
  ])('%s', (_, peer, forwarded, client) => expect(proxies.clientOf(peer, forwarded)).toBe(client));
});

it.each(['', 'proxy', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0/8'])('refuses %j as a range', (range) => {
  expect(() => new TrustedProxies([range])).toThrow(/no address and no range of addresses, for example 10\.0\.0\.0\/8/);
});
