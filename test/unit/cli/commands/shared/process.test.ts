import { expect, test } from 'vitest';
import { metricsAddress } from '../../../../../src/cli/commands/shared/process.ts';

test.each([
  ['9464', { host: '127.0.0.1', port: 9464 }],
  ['0.0.0.0:9464', { host: '0.0.0.0', port: 9464 }],
  ['metrics.internal:1', { host: 'metrics.internal', port: 1 }],
  ['[::]:9464', { host: '::', port: 9464 }],
])('--metrics %s', (text, address) => {
  expect(metricsAddress(text)).toEqual(address);
});

test.each(['', 'x', ':9464', '70000', '::1:9464', 'a b:1', '9464/metrics', 'http://a:1'])(
  '--metrics %j is refused',
  (text) => {
    expect(() => metricsAddress(text)).toThrow('Write a port, 0 to 65535, or HOST:PORT.');
  },
);
