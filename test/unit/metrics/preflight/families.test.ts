import { describe, expect, it } from 'vitest';
import { foreignPods, labelProblems } from '../../../../src/metrics/preflight/arms.ts';
import { adviceOf, familiesQuery } from '../../../../src/metrics/preflight/families.ts';
import { familyOf } from '../../../../src/metrics/request-queries.ts';

const service = { name: 'reviews', namespace: 'demo' };
const target = {
  namespace: 'demo',
  primary: 'reviews-v1',
  canary: 'reviews-v2',
  primaryService: service,
  canaryService: service,
};
const POD = 'reviews-v1-5d8f-abcde';
const sample = (labels: Record<string, string>) => ({ labels, value: 1, timeMs: 0 });
const advice = (...all: Record<string, string>[]) => adviceOf(all.map(sample), target);

describe('the block to write for what is there', () => {
  it.each([
    [
      "Istio's sidecars",
      { __name__: 'istio_requests_total', reporter: 'destination', destination_workload: 'reviews-v1' },
      'there are series of Istio; write analysis: { series: {kind: istio} }',
    ],
    [
      'an ambient waypoint',
      { __name__: 'istio_requests_total', reporter: 'waypoint', destination_workload: 'reviews-v1' },
      'there are series of Istio; write analysis: { series: {kind: istio} }',
    ],
    [
      'Istio without its label reporter',
      { __name__: 'istio_requests_total', destination_workload: 'reviews-v1' },
      'there are series of Istio, but none with reporter="destination"',
    ],
    [
      'OpenTelemetry, with the labels of its collector',
      {
        __name__: 'http_server_request_duration_seconds_count',
        http_response_status_code: '200',
        k8s_pod_name: POD,
        k8s_namespace_name: 'demo',
      },
      'there is http_server_request_duration_seconds_count; write analysis: { series: {kind: app, requests: http_server_request_duration_seconds_count, durations: http_server_request_duration_seconds, code: http_response_status_code, podLabel: k8s_pod_name, namespaceLabel: k8s_namespace_name} }',
    ],
    [
      'Linkerd',
      { __name__: 'response_total', direction: 'inbound', status_code: '200', pod: POD, namespace: 'demo' },
      'there is response_total; write analysis: { series: {kind: app, requests: response_total, durations: response_latency_ms, unit: ms, matchers: {direction: inbound}, code: status_code} }',
    ],
    [
      'a Prometheus that calls the pod otherwise',
      { __name__: 'http_requests_total', status: '200', kubernetes_pod_name: POD, kubernetes_namespace: 'demo' },
      'there is http_requests_total; write analysis: { series: {kind: app, requests: http_requests_total, code: status, podLabel: kubernetes_pod_name, namespaceLabel: kubernetes_namespace} }',
    ],
    [
      'Envoy Gateway',
      { __name__: 'envoy_cluster_upstream_rq', envoy_cluster_name: 'httproute/demo/reviews/rule/0' },
      'there are series of Envoy Gateway (httproute/demo/reviews/rule/0), which count both sides of a rule as one',
    ],
  ])('%s', (_, labels, said) => {
    expect(advice(labels)).toBe(said);
  });

  it('knows nothing of other workloads', () => {
    expect(advice({ __name__: 'http_requests_total', status: '200', pod: 'ratings-v1-5d8f-abcde' })).toBeUndefined();
    expect(familiesQuery({ ...target, namespace: 'a"b' })).toContain('namespace="a\\"b"');
  });
});

describe('telling arms apart', () => {
  const istio = familyOf();
  const labels = { pod: POD, response_code: '200' };

  it('finds nothing wrong with usual series', () => {
    expect(labelProblems(istio, [sample(labels)], [POD])).toEqual([]);
    expect(foreignPods(istio, [sample(labels)], [POD])).toEqual({ problems: [], warnings: [] });
  });

  it('names the label that has the pods, and a missing label of the response code', () => {
    const [renamed] = labelProblems(istio, [sample({ kubernetes_pod_name: POD, response_code: '200' })], [POD]);
    expect(renamed).toMatchObject({
      problem: 'the series have no label pod, so canary and primary cannot be told apart',
      remedy: expect.stringContaining('named by the label kubernetes_pod_name'),
    });
    expect(labelProblems(istio, [sample({ pod: POD, code: '200' })], [POD])).toMatchObject([
      {
        problem: 'the series have no label response_code, so failures cannot be seen',
        remedy: expect.stringContaining('there are code, pod'),
      },
    ]);
  });

  it('refuses two clusters in one store, with the matcher that would do', () => {
    const other = 'reviews-v1-5d8f-zzzzz';
    const both = [sample({ ...labels, cluster: 'east' }), sample({ ...labels, pod: other, cluster: 'west' })];
    expect(foreignPods(istio, both, [POD]).problems).toEqual([
      {
        where: 'istio_requests_total',
        problem: `1 pod with series of this primary, such as ${other}, is not in this cluster: several clusters write into one store, and their numbers would mix`,
        remedy: 'let the metric source select cluster="east"',
      },
    ]);
    const unlabelled = [sample(labels), sample({ ...labels, pod: other })];
    expect(foreignPods(istio, unlabelled, [POD])).toMatchObject({
      problems: [],
      warnings: [expect.stringContaining(other)],
    });
  });
});
