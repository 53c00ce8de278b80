import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import type { SeriesPlan } from '../../../src/contract/analysis.ts';
import { podDurations, podRequests, primaryDurationsGrown, primaryRequests } from '../../../src/metrics/pod-series.ts';
import { familyOf } from '../../../src/metrics/request-queries.ts';

const service = { name: 'reviews', namespace: 'demo' };
const target = {
  namespace: 'demo',
  primary: 'reviews-v1',
  canary: 'reviews-v2',
  primaryService: service,
  canaryService: service,
};
const LABELS = { podLabel: 'pod', namespaceLabel: 'namespace' };
const APP: SeriesPlan = { kind: 'app', requests: 'http_requests_total', code: 'status', unit: 's', ...LABELS };

const queryOf = (series?: SeriesPlan) => ({ family: familyOf(series), target, podHash: '5d8f' });
const BOTH = ['primary', 'canary'] as const;

const WINDOW = { fromMs: 1_000, untilMs: 21_000, stepMs: 5_000, lookBackMs: 60_000, hidden: false, replicas: [] };

const FAMILIES: [string, SeriesPlan | undefined][] = [
  ['istio', undefined],
  ['envoy', { kind: 'envoy', cluster: 'inbound|9080||', ...LABELS }],
  ['envoy by class', { kind: 'envoy', cluster: 'web', classes: true, ...LABELS }],
  ['envoy, gRPC', { kind: 'envoy', cluster: 'web', protocol: 'grpc', ...LABELS }],
  ['app', { ...APP, durations: 'http_request_duration_seconds', matchers: { handler: '/a"b' } }],
];

describe.each(FAMILIES)('%s', (_, series) => {
  it('asks one PromQL query for both arms, before anything is counted and then', () => {
    for (const window of [undefined, WINDOW, { ...WINDOW, hidden: true, replicas: ['prometheus_replica'] }]) {
      for (const query of [podRequests(queryOf(series), BOTH, window), podDurations(queryOf(series), BOTH, window)]) {
        expect(isPromql(query)).toBe(true);
        expect(query).toContain('"arm", "primary"');
        expect(query).toContain('"arm", "canary"');
        expect(query).toContain('timestamp(');
        expect(query.includes('sum_over_time')).toBe(window !== undefined);
      }
    }
    expect(isPromql(primaryRequests(queryOf(series), 60_000))).toBe(true);
    expect(isPromql(primaryDurationsGrown(queryOf(series), 60_000) ?? '')).toBe(true);
  });

  it("asks for the revision's pods of the canary only", () => {
    expect(podRequests(queryOf(series), ['canary'], WINDOW)).toContain('pod=~"reviews-v2-5d8f-[a-z0-9]+"');
  });
});

it("uses Envoy's labels unless the plan names others", () => {
  const one = podRequests(queryOf({ kind: 'envoy', cluster: 'c', ...LABELS }), ['canary'], WINDOW);
  expect(one).toContain(
    'by (pod, envoy_response_code) (sum_over_time((clamp_min(last_over_time(envoy_cluster_upstream_rq{envoy_cluster_name="c",',
  );
  const classes = podRequests(queryOf({ kind: 'envoy', cluster: 'c', classes: true, ...LABELS }), ['canary'], WINDOW);
  expect(classes).toContain(
    'by (pod, envoy_response_code_class) (sum_over_time((clamp_min(last_over_time(envoy_cluster_upstream_rq_xx{',
  );
  const istio = { clusterLabel: 'cluster_name', codeLabel: 'response_code' };
  const other = podRequests(queryOf({ kind: 'envoy', cluster: 'c', ...istio, ...LABELS }), ['canary'], WINDOW);
  expect(other).toContain(
    'by (pod, response_code) (sum_over_time((clamp_min(last_over_time(envoy_cluster_upstream_rq{cluster_name="c",',
  );
});

it('tells calls that Envoy reset from those it counted by name, which a union would take for the same', () => {
  const query = podRequests(queryOf({ kind: 'envoy', cluster: 'c', protocol: 'grpc', ...LABELS }), ['canary'], WINDOW);
  expect(query).toContain(
    'sum by (pod, counter, reset) (sum_over_time((clamp_min(label_replace(last_over_time({__name__=~',
  );
  expect(query).toMatch(
    /label_replace\(sum by \(pod\) \(.*envoy_cluster_upstream_rq_tx_reset\{.*\), "reset", "CANCELLED"/,
  );
  expect(query).toContain('(timestamp(envoy_cluster_grpc_total{');
});

it('counts what a waypoint reports for the pods behind it', () => {
  const query = podRequests(queryOf(), ['canary'], WINDOW);
  expect(query).toContain(
    '{destination_workload_namespace="demo",destination_workload="reviews-v2",reporter="waypoint"}',
  );
});

it('an application without a histogram has no answer times', () => {
  expect(() => podDurations(queryOf(APP), BOTH, WINDOW)).toThrow('no answer times');
  expect(primaryDurationsGrown(queryOf(APP), 60_000)).toBeUndefined();
});

it('reads seconds as ms', () => {
  expect(familyOf(APP).msPerUnit).toBe(1_000);
  expect(familyOf({ ...APP, unit: 'ms' }).msPerUnit).toBe(1);
});

function isPromql(query: string): boolean {
  const errors: number[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from }) => {
      if (type.isError) errors.push(from);
    },
  });
  return query !== '' && errors.length === 0;
}
