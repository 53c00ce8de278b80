import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { webNumber } from '../../../src/metrics/web-number.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const asked: IncomingMessage[] = [];
async function ask(
  answer: string | ((response: ServerResponse) => void),
  { path = '/', pointer = '/value', prefix = '', headers = {}, remoteOnly = false } = {},
) {
  asked.length = 0;
  const server = createServer((request, response) => {
    asked.push(request);
    if (typeof answer === 'string') response.end(answer);
    else answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`;
  const from = { address, who: 'web source a', connection: { headers, proxy: 'none' as const, remoteOnly } };
  return webNumber(from, { path, pointer }, new AbortController().signal);
}

describe('the number of a web address', () => {
  it.each<[string, string, unknown]>([
    ['{"value": 1.5}', '/value', { value: 1.5 }],
    ['{"a": [{"b": 0}]}', '/a/0/b', { value: 0 }],
    ['7', '', { value: 7 }],
    ['{"value": "1.5"}', '/value', { reason: 'the answer of web source a has no number at "/value"' }],
    ['{"value": null}', '/value', { reason: 'the answer of web source a has no number at "/value"' }],
    ['{"value": 1e999}', '/value', { reason: 'the answer of web source a has no number at "/value"' }],
    ['{}', '/value', { reason: 'the answer of web source a has no number at "/value"' }],
    ['<html>secret', '/value', { reason: 'the answer of web source a is no JSON' }],
    ['', '/value', { reason: 'the answer of web source a is no JSON' }],
  ])('of %s at %s: %j', async (text, pointer, value) => expect(await ask(text, { pointer })).toEqual(value));

  it('is asked with the login, below the address', async () => {
    await ask('{"value": 1}', { prefix: '/api', path: '/v1/q?x=%2F', headers: { authorization: 'Bearer t' } });
    expect([asked[0]?.method, asked[0]?.url, asked[0]?.headers.authorization]).toEqual([
      'GET',
      '/api/v1/q?x=%2F',
      'Bearer t',
    ]);
  });

  it.each(['/../admin', '/%2e%2e/admin', '/..%2fadmin', '/%2e%2e%5Cadmin', '/a/../../apiadmin'])(
    'is not asked beside the address: %s',
    async (path) => {
      expect(await ask('{"value": 1}', { prefix: '/api', path })).toEqual({
        reason: 'the path leads out of the address of web source a',
      });
      expect(asked).toHaveLength(0);
    },
  );

  it.each([
    [302, 'web source a answered HTTP 302; redirects are not followed'],
    [500, 'web source a answered HTTP 500'],
    [204, 'web source a answered HTTP 204'],
    [401, 'web source a demands a login, and there is none (HTTP 401)'],
  ])('is none of an answer %i', async (status, reason) => {
    const answer = await ask((response) => response.writeHead(status, { location: '/other' }).end('{"value": 1}'));
    expect(answer).toEqual({ reason });
    expect(asked).toHaveLength(1);
  });

  it('is none of an answer that is too large, or breaks off', async () => {
    const large = JSON.stringify({ value: 1, fill: 'x'.repeat(1024 * 1024) });
    expect(await ask(large)).toEqual({ reason: 'the answer of web source a is larger than 1048576 bytes' });
    const broken = await ask((response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"value": 1');
      setTimeout(() => response.destroy(), 50);
    });
    expect(broken).toMatchObject({ reason: expect.stringContaining('cannot be reached') });
  });

  it('is not asked of this machine where that is not allowed', async () => {
    expect(await ask('{"value": 1}', { remoteOnly: true })).toMatchObject({
      reason: expect.stringContaining('machine'),
    });
    expect(asked).toHaveLength(0);
  });
});
