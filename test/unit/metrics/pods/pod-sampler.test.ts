import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownSeriesOf } from '../../../../src/metrics/pods/own-series.ts';
import { PodPages } from '../../../../src/metrics/pods/pod-pages.ts';
import { type PodAddress, PodSampler } from '../../../../src/metrics/pods/pod-sampler.ts';

const never = new AbortController().signal;
const pages = new Map<string, string>();
let server: Server;
let origin: string;

beforeEach(async () => {
  pages.clear();
  server = createServer(({ url = '' }, response) => {
    const page = pages.get(url.slice(1));
    response.writeHead(page === undefined ? 503 : 200).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  CANARY = at('canary', 'c');
  PRIMARY = at('primary', 'p');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const at = (arm: PodAddress['arm'], name: string): PodAddress => ({ arm, name, url: `${origin}/${name}` });
let CANARY: PodAddress;
let PRIMARY: PodAddress;

/** Requests of one caller by code, as the destination's proxy counts them. */
function istio(counts: Record<string, number>, caller = 'gw', reporter = 'destination'): string {
  const labels = `reporter="${reporter}",source_workload="${caller}"`;
  return Object.entries(counts)
    .map(([code, count]) => `istio_requests_total{response_code="${code}",${labels}} ${count}\n`)
    .join('');
}

function bucketed(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([le, count]) => `istio_request_duration_milliseconds_bucket{reporter="destination",le="${le}"} ${count}\n`)
    .join('');
}

const sampler = () => new PodSampler(new PodPages(), ownSeriesOf({}));
const page = (pod: PodAddress, text: string) => pages.set(pod.name, text);

describe('what pods count themselves', () => {
  it('is what each series grew by, of requests that the pod answered alone', async () => {
    const own = sampler();
    page(CANARY, istio({ 200: 500, 500: 90 }) + istio({ 500: 40 }, 'gw', 'source'));
    page(PRIMARY, istio({ 200: 9_000 }));
    await own.sample([CANARY, PRIMARY], never);
    expect(own.tick()).toMatchObject({ canary: { requests: 0, errors: 0 }, primary: { requests: 0 } });
    // one caller's proxy is new, the counters of another began anew
    page(CANARY, istio({ 200: 7, 500: 92 }) + istio({ 200: 3, 503: 1 }, 'other') + istio({ 500: 80 }, 'gw', 'source'));
    page(PRIMARY, istio({ 200: 9_040 }));
    await own.sample([CANARY, PRIMARY], never);
    expect(own.tick()).toMatchObject({ canary: { requests: 13, errors: 3 }, primary: { requests: 40, errors: 0 } });
  });

  it('has answer times, by the bounds of the page', async () => {
    const own = sampler();
    page(CANARY, bucketed({ 5: 10, 100: 12, '+Inf': 12 }));
    await own.sample([CANARY], never);
    own.tick();
    page(CANARY, bucketed({ 5: 10, 100: 15, '+Inf': 17 }));
    await own.sample([CANARY], never);
    expect(own.tick().canary?.histogram).toEqual({ le: [5, 100], counts: [0, 3, 5] });
  });

  it('counts a pod that comes from the first page of it on, and keeps what one that goes had', async () => {
    const own = sampler();
    const late = at('canary', 'late');
    page(CANARY, istio({ 200: 10 }));
    await own.sample([CANARY], never);
    page(CANARY, istio({ 200: 15 }));
    page(late, istio({ 200: 1_000 }));
    await own.sample([CANARY, late], never);
    expect(own.tick().canary).toMatchObject({ requests: 5 });
    page(late, istio({ 200: 1_002 }));
    await own.sample([late], never);
    expect(own.tick().canary).toMatchObject({ requests: 2 });
  });

  it('says which pods were not read and why, and asks them again; an arm of which none was read is not heard of', async () => {
    const own = sampler();
    page(PRIMARY, istio({ 200: 1 }));
    await own.sample([CANARY, PRIMARY], never);
    expect(own.tick().canary).toBeNull();
    expect(own.unread).toBe('1 of 2 not read (HTTP 503)');
    page(CANARY, istio({ 200: 5 }));
    await own.sample([CANARY, PRIMARY], never);
    expect(own.unread).toBeUndefined();
    expect(own.tick().canary).toMatchObject({ requests: 0 });
    page(PRIMARY, 'go_goroutines 3\n');
    await own.sample([CANARY, PRIMARY], never);
    expect(own.unread).toBe('1 of 2 not read (none of the series in it)');
  });

  it('is told by what became of each request, as everywhere: gRPC by its status, and callers who left apart', async () => {
    const own = sampler();
    const call = (status: string, count: number, flags = '-') =>
      `istio_requests_total{reporter="destination",response_code="200",grpc_response_status="${status}",` +
      `response_flags="${flags}",request_protocol="grpc"} ${count}\n`;
    page(CANARY, call('0', 10) + call('13', 0) + call('5', 0) + istio({ 200: 1 }));
    await own.sample([CANARY], never);
    own.tick();
    page(CANARY, call('0', 20) + call('13', 3) + call('5', 2) + call('1', 4, 'DC') + istio({ 200: 1 }));
    await own.sample([CANARY], never);
    expect(own.tick().canary).toMatchObject({ requests: 15, errors: 3 });
  });

  it('may be what Envoy counts of its cluster, by the names of its counters', async () => {
    const series = { kind: 'envoy', cluster: 'in', podLabel: 'pod', namespaceLabel: 'ns' } as const;
    const calls = new PodSampler(new PodPages(), ownSeriesOf({}, { ...series, protocol: 'grpc' }));
    const grpc = (ok: number, internal: number, reset: number) =>
      `envoy_cluster_grpc_0{envoy_cluster_name="in"} ${ok}\nenvoy_cluster_grpc_13{envoy_cluster_name="in"} ${internal}\n` +
      `envoy_cluster_grpc_0{envoy_cluster_name="out"} ${9 * ok}\nenvoy_cluster_grpc_total{envoy_cluster_name="in"} 99\n` +
      `envoy_cluster_upstream_rq_tx_reset{envoy_cluster_name="in"} ${reset}\n`;
    page(CANARY, grpc(5, 1, 0));
    await calls.sample([CANARY], never);
    calls.tick();
    page(CANARY, grpc(15, 3, 2));
    await calls.sample([CANARY], never);
    expect(calls.tick().canary).toMatchObject({ requests: 12, errors: 2 });
  });

  it('may be an application’s own, at its own page', async () => {
    const series = { kind: 'app', requests: 'http_requests_total', code: 'code', unit: 's', podLabel: 'pod' } as const;
    const app = ownSeriesOf({ series: { ...series, namespaceLabel: 'ns', matchers: { handler: '/api' } } });
    expect(app).toMatchObject({ path: '/metrics' });
    expect(app.port).toBeUndefined();
    expect(app.counts({ handler: '/api' })).toBe(true);
    expect(app.counts({ handler: '/health' })).toBe(false);
    const others = ownSeriesOf({ series: { ...series, matchers: { handler: { '!=': '/health' }, a: { '=': '' } } } });
    expect(others.counts({ handler: '/api' })).toBe(true);
    expect(others.counts({ handler: '/health' })).toBe(false);
    expect(others.counts({ handler: '/api', a: 'b' })).toBe(false);
    expect(ownSeriesOf({ port: 15_020, path: '/stats/prometheus' })).toMatchObject({
      port: 15_020,
      path: '/stats/prometheus',
    });
    const envoy = ownSeriesOf({}, { kind: 'envoy', cluster: 'inbound|9080||', podLabel: 'pod', namespaceLabel: 'ns' });
    expect(envoy).toMatchObject({ port: 15_090, path: '/stats/prometheus?filter=upstream_rq' });
    expect(envoy.counts({ envoy_cluster_name: 'inbound|9080||' })).toBe(true);
  });
});
