import { afterEach, describe, expect, it } from 'vitest';
import { Prometheus, type RangeOutcome } from '../../../src/metrics/prometheus.ts';
import { fakePrometheus, json, pour, type QueryAnswer } from '../../support/fakes/prometheus.ts';

const RANGE = { startMs: 1_000, endMs: 61_500, stepMs: 15_000 };

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function clientOf(answer: QueryAnswer, options = {}): Promise<Prometheus> {
  const server = await fakePrometheus(answer);
  const client = new Prometheus(server.url, options);
  open.push(server.close, () => void client.close());
  return client;
}

const ask = async (answer: QueryAnswer, options = {}) => (await clientOf(answer, options)).queryRange('up', RANGE);
const kindOf = (outcome: RangeOutcome) => (outcome.ok ? 'ok' : outcome.error.kind);
const matrix = (result: unknown, more = {}) => ({ status: 'success', data: { resultType: 'matrix', result }, ...more });

it('asks for seconds and reads ms', async () => {
  let asked: Record<string, string> = {};
  const outcome = await ask((_, response, url) => {
    asked = { path: url.pathname, ...Object.fromEntries(url.searchParams) };
    const values = [
      [1, '1'],
      [16.5, 'NaN'],
    ];
    json(response, matrix([{ metric: { pod: 'a' }, values }]));
  });
  expect(asked).toEqual({ path: '/api/v1/query_range', query: 'up', start: '1', end: '61.5', step: '15' });
  const points = [
    [1_000, 1],
    [16_500, Number.NaN],
  ];
  expect(outcome).toEqual({ ok: true, series: [{ labels: { pod: 'a' }, points }] });
});

it('an empty matrix is an empty answer, not an error', async () => {
  expect(await ask((_, response) => json(response, matrix([])))).toEqual({ ok: true, series: [] });
});

describe('every other answer is a typed error', () => {
  const cut: QueryAnswer = (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"status":"success"', () => response.destroy());
  };
  it.each<[string, string, QueryAnswer]>([
    ['badAnswer', 'a vector', (_, r) => json(r, { status: 'success', data: { resultType: 'vector', result: [] } })],
    ['badAnswer', 'a point that is null', (_, r) => json(r, matrix([{ metric: {}, values: [null] }]))],
    ['badAnswer', 'a point that is a number', (_, r) => json(r, matrix([{ metric: {}, values: [5] }]))],
    ['badAnswer', 'a point without a value', (_, r) => json(r, matrix([{ metric: {}, values: [[1]] }]))],
    ['badAnswer', 'native histograms', (_, r) => json(r, matrix([{ metric: {}, histograms: [] }]))],
    ['badAnswer', 'null for a series', (_, r) => json(r, matrix([null]))],
    ['badAnswer', 'a login page', (_, r) => void r.end('<html>')],
    ['partial', 'warnings', (_, r) => json(r, matrix([], { warnings: ['a store is down'] }))],
    ['badQuery', '400', (_, r) => json(r, { status: 'error', error: 'parse error' }, 400)],
    ['badQuery', '422', (_, r) => json(r, { status: 'error', error: 'too many steps' }, 422)],
    ['http', '503', (_, r) => json(r, {}, 503)],
    ['http', 'a redirect', (_, r) => void r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['unreachable', 'a connection that is cut', cut],
  ])('%s: %s', async (kind, _, answer) => {
    expect(kindOf(await ask(answer))).toBe(kind);
  });

  it('timeout: a server that hangs', async () => {
    expect(kindOf(await ask(() => {}, { timeoutMs: 100 }))).toBe('timeout');
  });

  it('tooLarge: 50 MB, of which little is read', async () => {
    let sent = 0;
    expect(kindOf(await ask((_, response) => pour(response, 50, (bytes) => (sent = bytes))))).toBe('tooLarge');
    expect(sent).toBeLessThan(20 * 1024 * 1024);
  });
});
