import { describe, expect, it } from 'vitest';
import { grepped, readCommands, readCurl, readHey } from '../../../../src/importing/shared/shell.ts';

const only = (text: string) => readCommands(text)?.[0]?.[0] ?? [];

describe('command lines', () => {
  it('are pipelines of words', () => {
    expect(readCommands('curl -sd \'a b\' "http://x/" | grep -q ok && curl \\\n -f http://y/')).toEqual([
      [
        ['curl', '-sd', 'a b', 'http://x/'],
        ['grep', '-q', 'ok'],
      ],
      [['curl', '-f', 'http://y/']],
    ]);
  });

  it.each(['curl $HOST/', 'curl x > /tmp/a', 'curl `host`', 'curl x || true', 'curl "a$b"', "curl 'open"])(
    'need a shell: %s',
    (text) => {
      expect(readCommands(text)).toBeUndefined();
    },
  );

  it('of any length are read once', () => {
    const start = performance.now();
    readCommands(`curl ${'"a"'.repeat(1_300)}`);
    readCommands(`curl ${"'".repeat(4_000)}`);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('curl', () => {
  it.each([
    ['curl -sd ping http://a-canary/ticket', { method: 'POST', body: 'ping', failing: false }],
    ['curl -sf http://a-canary/', { method: 'GET', failing: true }],
    ['curl --fail -X PUT -H "x-a: 1" a-canary:80', { method: 'PUT', failing: true, headers: { 'x-a': '1' } }],
    ['curl -d "" http://a/', { method: 'POST', body: '' }],
  ])('%s', (text, call) => {
    expect(readCurl(only(text))).toMatchObject(call);
  });

  it.each([
    'curl -F a=b http://a/',
    'curl --proxy p http://a/',
    'curl http://a/ http://b/',
    'curl -d @file http://a/',
    'wget a',
  ])('is not guessed at: %s', (text) => {
    expect(readCurl(only(text))).toBeUndefined();
  });
});

describe('hey', () => {
  it('sends as many requests as its workers together', () => {
    const call = readHey(only("hey -H 'Cookie: a=b' -z 1m -c 2 -q 10 -host shop.example.com http://gate/x"));
    expect(call).toMatchObject({
      requestsPerSecond: 20,
      headers: { Cookie: 'a=b', Host: 'shop.example.com' },
      unsaid: [],
    });
    expect(call?.url.pathname).toBe('/x');
  });

  it('without a rate sends as many as it can, with 50 workers when it says none', () => {
    expect(readHey(only('hey -z 1m http://a/'))?.requestsPerSecond).toBeUndefined();
    expect(readHey(only('hey -q 2 http://a/'))?.requestsPerSecond).toBe(100);
  });

  it('says what a plan cannot', () => {
    expect(readHey(only('hey -h2 -D /body.json -q 1 -c 1 http://a/'))?.unsaid).toEqual(['-h2', '-D /body.json']);
  });
});

it('grep looks for a text, or for a pattern that is none', () => {
  expect(grepped(['grep', '-q', 'ok'])).toEqual({ text: 'ok' });
  expect(grepped(['grep', '.'])).toEqual({});
  expect(grepped(['grep', '-F', 'a.b'])).toEqual({ text: 'a.b' });
  expect(grepped(['grep', '-v', 'ok'])).toBeUndefined();
  expect(grepped(['wc'])).toBeUndefined();
});
