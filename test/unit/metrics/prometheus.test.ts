import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { Prometheus, type QueryOutcome } from '../../../src/metrics/prometheus.ts';
import { fakePrometheus, json, pour, type QueryAnswer, vector } from '../../support/fakes/prometheus.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function ask(answer: QueryAnswer, options = {}, path = ''): Promise<QueryOutcome> {
  const server = await fakePrometheus(answer);
  const client = new Prometheus(server.url + path, options);
  open.push(server.close, () => void client.close());
  return client.query('up');
}

const kindOf = (outcome: QueryOutcome) => (outcome.ok ? 'ok' : outcome.error.kind);
const success = (data: unknown, more = {}) => ({ status: 'success', data, ...more });

describe('answers that are data', () => {
  it('reads several series, and numbers that JavaScript would misread', async () => {
    const outcome = await ask((_, response) =>
      json(
        response,
        vector(
          [
            [{ pod: 'a' }, '12'],
            [{ pod: 'b' }, 'NaN'],
            [{ pod: 'c' }, '+Inf'],
            [{ pod: 'd' }, '1e3'],
          ],
          5,
        ),
      ),
    );
    expect(outcome).toEqual({
      ok: true,
      samples: [
        { labels: { pod: 'a' }, value: 12, timeMs: 5_000 },
        { labels: { pod: 'b' }, value: Number.NaN, timeMs: 5_000 },
        { labels: { pod: 'c' }, value: Number.POSITIVE_INFINITY, timeMs: 5_000 },
        { labels: { pod: 'd' }, value: 1_000, timeMs: 5_000 },
      ],
    });
  });

  it('an empty vector is an empty answer, not an error', async () => {
    expect(await ask((_, response) => json(response, vector([])))).toEqual({ ok: true, samples: [] });
  });

  it('keeps a prefix of the address, and passes the moment on', async () => {
    const server = await fakePrometheus((_, response, url) =>
      json(response, vector([[{ path: url.pathname, time: url.searchParams.get('time') ?? '' }, '1']])),
    );
    const client = new Prometheus(`${server.url}/prom/`);
    open.push(server.close, () => void client.close());
    const outcome = await client.query('up', { timeMs: 1_500 });
    expect(outcome.ok && outcome.samples[0]?.labels).toEqual({ path: '/prom/api/v1/query', time: '1.5' });
  });

  it('sends in the body what an address cannot hold', async () => {
    const server = createServer({ maxHeaderSize: 4_096 }, async (request, response) =>
      json(response, vector([[{ query: new URLSearchParams(await text(request)).get('query') ?? '' }, '1']])),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = new Prometheus(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    open.push(
      () => server.close(),
      () => void client.close(),
    );
    const long = `up{a="${'ü+&'.repeat(2_000)}"}`;
    const outcome = await client.query(long);
    expect(outcome.ok && outcome.samples[0]?.labels).toEqual({ query: long });
  });
});

describe('answers that are none', () => {
  const sample = { metric: {}, value: [1, '1'] };
  it.each<[string, string, QueryAnswer]>([
    ['badAnswer', 'a scalar', (_, r) => json(r, success({ resultType: 'scalar', result: [1, '1'] }))],
    ['badAnswer', 'a string', (_, r) => json(r, success({ resultType: 'string', result: [1, 'x'] }))],
    [
      'badAnswer',
      'a matrix',
      (_, r) => json(r, success({ resultType: 'matrix', result: [{ metric: {}, values: [] }] })),
    ],
    ['badAnswer', 'an empty number', (_, r) => json(r, vector([[{}, '']]))],
    [
      'badAnswer',
      'a native histogram',
      (_, r) => json(r, success({ resultType: 'vector', result: [{ metric: {}, histogram: [] }] })),
    ],
    ['badAnswer', 'a null', (_, r) => json(r, success({ resultType: 'vector', result: [null] }))],
    ['badAnswer', 'null', (_, r) => json(r, null)],
    ['badAnswer', 'a login page', (_, r) => void r.end('<html>')],
    ['badAnswer', 'status error with 200', (_, r) => json(r, { status: 'error', error: 'x' })],
    [
      'partial',
      'warnings',
      (_, r) => json(r, success({ resultType: 'vector', result: [sample] }, { warnings: ['a store is down'] })),
    ],
    ['badQuery', '400', (_, r) => json(r, { status: 'error', errorType: 'bad_data', error: 'parse error' }, 400)],
    ['badQuery', '422', (_, r) => json(r, { status: 'error', errorType: 'execution' }, 422)],
    ['http', '503', (_, r) => json(r, {}, 503)],
    ['http', 'a redirect', (_, r) => void r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ])('%s: %s', async (kind, _, answer) => {
    expect(kindOf(await ask(answer))).toBe(kind);
  });

  it('timeout: no answer, and an answer that never ends', async () => {
    expect(kindOf(await ask(() => {}, { timeoutMs: 100 }))).toBe('timeout');
    expect(kindOf(await ask((_, response) => void response.write('{'), { timeoutMs: 100 }))).toBe('timeout');
  });

  it('unreachable: nobody listens, the connection breaks, or the address is none', async () => {
    expect(kindOf(await new Prometheus('http://127.0.0.1:1').query('up'))).toBe('unreachable');
    expect(kindOf(await ask((_, response) => void response.destroy()))).toBe('unreachable');
    for (const address of ['ftp://host', 'nonsense', 'http://user:secret@127.0.0.1:1']) {
      const outcome = await new Prometheus(address).query('up');
      expect(kindOf(outcome)).toBe('unreachable');
      expect(JSON.stringify(outcome)).not.toContain('secret');
    }
  });

  it('tooLarge: stops reading 50 MB after the limit', async () => {
    let sent = 0;
    const outcome = await ask((_, response) => pour(response, 50, (bytes) => (sent = bytes)));
    expect(kindOf(outcome)).toBe('tooLarge');
    expect(sent).toBeLessThan(20 * 1024 * 1024);
  });

  it('does not repeat what the other side sent', async () => {
    const outcome = await ask((_, response) => json(response, { status: 'error', error: 'hunter2' }, 503));
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });

  it('keeps what is wrong with a query apart, on one line and short', async () => {
    const error = `parse error:\nunexpected ${'x'.repeat(500)}`;
    const outcome = await ask((_, response) => json(response, { status: 'error', errorType: 'bad_data', error }, 400));
    expect(outcome).toMatchObject({
      ok: false,
      error: { kind: 'badQuery', message: expect.not.stringContaining('parse') },
    });
    const detail = outcome.ok ? '' : (outcome.error.detail ?? '');
    expect(detail).toMatch(/^parse error: unexpected x+$/);
    expect(detail.length).toBe(300);
  });

  it.each([
    ['a page of a proxy', '<html>Bad Request</html>'],
    ['null', 'null'],
    ['no text', '{"status":"error","errorType":"bad_data","error":5}'],
    ['an error of another server', '{"error":"the secret is hunter2"}'],
    ['too much', `{"status":"error","errorType":"bad_data","error":"${'x'.repeat(20_000)}"}`],
  ])('a refusal stays one when its words cannot be read: %s', async (_, body) => {
    const outcome = await ask((_, response) => void response.writeHead(400).end(body));
    expect(outcome).toEqual({ ok: false, error: { kind: 'badQuery', message: expect.any(String) } });
  });

  it('a refusal stays one when its words never end', async () => {
    const hang: QueryAnswer = (_, response) => void response.writeHead(400).write('{"error":');
    expect(kindOf(await ask(hang, { timeoutMs: 100 }))).toBe('badQuery');
  });

  it('shows words on one line, without characters that change how others read, and whole', async () => {
    const error = `a\u2028b\u202ec${'\u{1f600}'.repeat(300)}`;
    const outcome = await ask((_, response) => json(response, { status: 'error', errorType: 'execution', error }, 422));
    const detail = outcome.ok ? '' : (outcome.error.detail ?? '');
    expect(detail).toMatch(/^a b c/);
    expect(detail.isWellFormed()).toBe(true);
    expect(detail.length).toBeLessThanOrEqual(300);
  });

  it('throws for an aborted signal only', async () => {
    const client = new Prometheus('http://127.0.0.1:1');
    await expect(client.query('up', { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    const server = await fakePrometheus((_, response) => void response.writeHead(400).write('{'));
    const stop = new AbortController();
    const other = new Prometheus(server.url);
    open.push(server.close, () => void other.close());
    setTimeout(() => stop.abort(new Error('stop')), 100);
    await expect(other.query('up', { signal: stop.signal })).rejects.toThrow('stop');
  });
});
