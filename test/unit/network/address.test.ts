import { describe, expect, it } from 'vitest';
import { isLocal, isLoopback, networkOf, plainAddress } from '../../../src/network/address.ts';

/** As URL writes it: that is what is connected to. */
const hostOf = (text: string) => new URL(`http://${text}/`).hostname;

describe('local', () => {
  it.each([
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '017700000001',
      '127.255.255.254',
      '0',
      '0.1.2.3',
    ],
    ...['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.254.170.2', '100.100.100.200'],
    ...['168.63.129.16', '192.0.0.192', '224.0.0.1', '255.255.255.255', '１２７.0.0.1', '127。0。0。1'],
    ...[
      '[::]',
      '[::1]',
      '[0:0:0:0:0:0:0:1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:a9fe:a9fe]',
      '[::127.0.0.1]',
      '[::ffff:0:7f00:1]',
    ],
    ...['[64:ff9b::169.254.169.254]', '[64:ff9b:1::1]', '[2002:7f00:1::]', '[2002:a9fe:a9fe::1]', '[2001::1]'],
    ...['[fe80::1]', '[febf::1]', '[fec0::1]', '[ff02::1]', '[fd00:ec2::254]', '[fd20:ce::254]'],
  ])('%s', (text) => expect(isLocal(hostOf(text))).toBe(true));

  it('a zone of a link', () => expect(isLocal('fe80::1%eth0')).toBe(true));

  it.each([
    ...[
      '10.0.0.1',
      '10.96.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '100.64.0.1',
      '128.0.0.1',
      '169.253.1.1',
      '223.255.255.255',
    ],
    ...['[fd00::1]', '[2001:db8::1]', '[::ffff:10.0.0.1]', 'prometheus'],
  ])('not %s', (text) => expect(isLocal(hostOf(text))).toBe(false));
});

describe('loopback', () => {
  it.each(['localhost', 'LOCALHOST.', 'a.localhost', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1'])('%s', (host) =>
    expect(isLoopback(host)).toBe(true),
  );
  it.each(['localhost.example.com', '127.example.com', '0.0.0.0', '10.0.0.1', ''])('not %s', (host) =>
    expect(isLoopback(host)).toBe(false),
  );
});

it('knows what one client has many of', () => {
  expect(networkOf('::1:2:3:4:5:6')).toBe('0:0:1:2::/64');
  expect(networkOf('2001:db8:0:0:1::9')).toBe(networkOf('2001:db8::1'));
  expect(networkOf('2001:db8:0:1::')).not.toBe(networkOf('2001:db8::'));
  expect(networkOf('::ffff:10.0.0.1')).toBe('10.0.0.1');
  expect(plainAddress('[::ffff:a00:1]')).toBe('10.0.0.1');
});
