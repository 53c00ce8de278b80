import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../../lab/prober/options.ts';

describe('options', () => {
  it('are read', () => {
    const options = readOptions([
      '--url',
      'http://a:8080',
      '--path',
      '/x',
      '--rate',
      '5',
      '--out',
      'f',
      '--header',
      'cookie: a=b',
    ]);
    expect(options).toMatchObject({ ratePerSecond: 5, out: 'f', durationMs: Number.POSITIVE_INFINITY });
    expect(options.target).toMatchObject({ host: 'a:8080', timeoutMs: 5000, headers: { cookie: 'a=b' }, proxy: null });
    expect(options.target.url.href).toBe('http://a:8080/x');
  });

  it.each([
    [['--rate', '5', '--out', 'f'], '--url needs an http:// URL'],
    [['--url', 'https://a', '--rate', '5', '--out', 'f'], '--url needs an http:// URL, not "https://a"'],
    [['--url', 'http://a', '--rate', '0', '--out', 'f'], '--rate needs a number above 0, not "0"'],
    [['--url', 'http://a', '--rate', '5'], '--out FILE is missing'],
    [['--url', 'http://a', '--rate', '5', '--out', 'f', '--header', 'x'], '--header needs "name: value"'],
  ])('%j are refused', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
