/** What Prometheus, Thanos, Mimir and VictoriaMetrics say when something may be missing, in the formats they document. */
import { afterEach, expect, it } from 'vitest';
import { Prometheus } from '../../../src/metrics/prometheus.ts';
import { fakePrometheus, json } from '../../support/fakes/prometheus.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

const data = { resultType: 'vector', result: [{ metric: {}, value: [1, '1'] }] };

/** With each: its kind as it is, and with `warnings: ignore`. */
it.each<[source: string, status: number, body: object, kind: string, ignored: string]>([
  ['a whole answer', 200, { status: 'success', data }, 'ok', 'ok'],
  // prometheus.io, "HTTP API", format overview: warnings beside data; a remote-read endpoint that is away is one
  [
    'Prometheus: remote read away',
    200,
    { status: 'success', data, warnings: ['remote_read: Get "http://x": refused'] },
    'partial',
    'ok',
  ],
  // since 2.54 (prometheus/prometheus#14327) what concerns the query alone stands in infos …
  [
    'Prometheus: an info',
    200,
    { status: 'success', data, infos: ['PromQL info: metric might not be a counter'] },
    'ok',
    'ok',
  ],
  // … before it stood in warnings (#12152)
  [
    'Prometheus 2.50: an info',
    200,
    {
      status: 'success',
      data,
      warnings: ['PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "x"'],
    },
    'ok',
    'ok',
  ],
  [
    'Prometheus: a warning about samples',
    200,
    {
      status: 'success',
      data,
      warnings: ['PromQL warning: encountered a mix of histograms and floats for metric name "x"'],
    },
    'partial',
    'ok',
  ],
  // thanos.io, "Querier", partial response: 200 with warnings …
  [
    'Thanos: a store away',
    200,
    { status: 'success', data, warnings: ['receive series from Addr: 10.0.0.1:10901: rpc error: code = Unavailable'] },
    'partial',
    'ok',
  ],
  // … and with partial_response=false 422 (thanos-io/thanos#3004); the query is as good as before
  [
    'Thanos: a store away, no partial answers',
    422,
    { status: 'error', errorType: 'execution', error: 'expanding series: proxy Series(): rpc error: code = Aborted' },
    'http',
    'http',
  ],
  [
    'Prometheus: a query that cannot be',
    422,
    { status: 'error', errorType: 'execution', error: 'found duplicate series for the match group' },
    'badQuery',
    'badQuery',
  ],
  // grafana.com, "Mimir runbooks", err-mimir-store-consistency-check-failed: an error, never a part
  [
    'Mimir: blocks not read',
    500,
    {
      status: 'error',
      errorType: 'internal',
      error: 'failed to fetch some blocks (err-mimir-store-consistency-check-failed)',
    },
    'http',
    'http',
  ],
  // docs.victoriametrics.com, "Cluster availability": every answer of a cluster has isPartial
  ['VictoriaMetrics: whole', 200, { status: 'success', isPartial: false, data }, 'ok', 'ok'],
  ['VictoriaMetrics: a vmstorage away', 200, { status: 'success', isPartial: true, data }, 'partial', 'ok'],
  [
    'VictoriaMetrics: the same with deny_partial_response=1',
    503,
    { status: 'error', errorType: '503', error: 'cannot fetch data from vmstorage' },
    'http',
    'http',
  ],
])('%s', async (_, status, body, kind, ignored) => {
  const server = await fakePrometheus((_, response) => json(response, body, status));
  open.push(server.close);
  const kinds = await Promise.all(
    (['incomplete', 'ignore'] as const).map(async (warnings) => {
      const client = new Prometheus(server.url, { warnings, who: 'metric source eu' });
      open.push(() => void client.close());
      const outcome = await client.query('up');
      if (!outcome.ok) expect(outcome.error.message).toMatch(/^metric source eu /);
      return outcome.ok ? 'ok' : outcome.error.kind;
    }),
  );
  expect(kinds).toEqual([kind, ignored]);
});
