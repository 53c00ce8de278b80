import { describe, expect, it } from 'vitest';
import {
  describePeer,
  MeshSeries,
  type Peer,
  parseAccessLogLine,
  sourceLabels,
} from '../../../../lab/mesh-metrics/index.ts';
import { destinationLabels } from '../../../../lab/programs/sidecar.ts';

const gateway = describePeer({
  metadata: { name: 'gw-0', namespace: 'istio-ingress', labels: { istio: 'ingressgateway' } },
});
const reviews = describePeer({
  metadata: {
    name: 'reviews-v1-66c98f7b6-fvhr4',
    namespace: 'demo',
    labels: { app: 'reviews', version: 'v1', 'pod-template-hash': '66c98f7b6' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'reviews-v1-66c98f7b6', controller: true }],
  },
});

// Lines of a real gateway (Envoy 1.40 behind istiod), some fields left out.
const OK =
  '{"authority":"127.0.0.1:8080","duration":2,"method":"GET","path":"/","response_code":200,"response_flags":"-","route_name":null,"upstream_cluster":"outbound|9080|v1|reviews.demo.svc.cluster.local;","upstream_host":"10.244.1.11:9080","x_probe_id":"hand-1"}';
const UNHEALTHY =
  '{"authority":"127.0.0.1:8080","duration":0,"method":"GET","path":"/","response_code":503,"response_flags":"UH","upstream_cluster":"outbound|9080|v1|reviews.demo.svc.cluster.local;","upstream_host":null}';
const REFUSED =
  '{"authority":"127.0.0.1:8080","duration":56,"method":"GET","path":"/","response_code":503,"response_flags":"URX,UF","upstream_cluster":"outbound|9080|v1|reviews.demo.svc.cluster.local","upstream_host":"10.244.1.11:9080"}';
const NO_ROUTE =
  '{"authority":"x","duration":0,"method":"GET","path":"/","response_code":404,"response_flags":"NR","upstream_cluster":null,"upstream_host":null}';
const BLACK_HOLE =
  '{"authority":"example.com","duration":0,"response_code":502,"response_flags":"UH","upstream_cluster":"BlackHoleCluster","upstream_host":null}';

function count(lines: string[]): string {
  const series = new MeshSeries();
  for (const line of lines) {
    const entry = parseAccessLogLine(line);
    if (!entry) continue;
    series.observe(sourceLabels(entry, gateway, atAddress), entry.durationMs);
  }
  return series.render();
}

function atAddress(address: string): Peer | null {
  return address === '10.244.1.11' ? reviews : null;
}

/** The labels of the only istio_requests_total series. */
function labels(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.startsWith('istio_requests_total{'));
  expect(lines).toHaveLength(1);
  return Object.fromEntries([...(lines[0] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

describe('source series', () => {
  it('have the labels of Istio', () => {
    expect(labels(count([OK, OK]))).toEqual({
      reporter: 'source',
      source_workload: 'istio-ingressgateway',
      source_workload_namespace: 'istio-ingress',
      source_app: 'unknown',
      source_version: 'unknown',
      source_canonical_service: 'istio-ingressgateway',
      source_canonical_revision: 'latest',
      source_cluster: 'Kubernetes',
      source_principal: 'unknown',
      destination_workload: 'reviews-v1',
      destination_workload_namespace: 'demo',
      destination_app: 'reviews',
      destination_version: 'v1',
      destination_canonical_service: 'reviews',
      destination_canonical_revision: 'v1',
      destination_cluster: 'Kubernetes',
      destination_principal: 'unknown',
      destination_service: 'reviews.demo.svc.cluster.local',
      destination_service_name: 'reviews',
      destination_service_namespace: 'demo',
      request_protocol: 'http',
      response_code: '200',
      grpc_response_status: '',
      response_flags: '-',
      connection_security_policy: 'unknown',
    });
  });

  it.each([
    [
      'no healthy host',
      UNHEALTHY,
      { destination_service_name: 'reviews', destination_workload: 'unknown', response_flags: 'UH' },
    ],
    ['a refused connection', REFUSED, { destination_version: 'v1', response_code: '503', response_flags: 'URX,UF' }],
    ['no route', NO_ROUTE, { destination_service: 'unknown', response_code: '404', response_flags: 'NR' }],
    ['no service', BLACK_HOLE, { destination_service: 'example.com', destination_service_name: 'BlackHoleCluster' }],
  ])('tell %s', (_, line, expected) => {
    expect(labels(count([line]))).toMatchObject(expected);
  });

  it('come from access log lines only', () => {
    expect(parseAccessLogLine('[warning] something')).toBeNull();
    expect(parseAccessLogLine('{"half":')).toBeNull();
    expect(parseAccessLogLine('{"level":"info"}')).toBeNull();
  });
});

describe('destination series', () => {
  it('do not know the source', () => {
    const series = new MeshSeries();
    series.observe(destinationLabels(reviews, { status: 200 }), 1);
    expect(labels(series.render())).toMatchObject({
      reporter: 'destination',
      source_workload: 'unknown',
      destination_workload: 'reviews-v1',
      destination_service: 'reviews.demo.svc.cluster.local',
      response_flags: '-',
      connection_security_policy: 'none',
    });
  });

  it('count a request without an answer as code 0', () => {
    const series = new MeshSeries();
    series.observe(destinationLabels(reviews, { status: 0 }), 1);
    expect(labels(series.render())).toMatchObject({ response_code: '0', response_flags: 'DC' });
  });
});

describe('histogram', () => {
  it('is cumulative, with bounds that include their value', () => {
    const series = new MeshSeries();
    for (const ms of [0.5, 0.6, 400, 4_000_000]) series.observe(destinationLabels(reviews, { status: 200 }), ms);
    const bucket = (le: string) =>
      Number(series.render().match(new RegExp(`le="${le.replace('+', '\\+')}"} (\\d+)`))?.[1]);
    expect(['0.5', '1', '250', '500', '3600000', '+Inf'].map(bucket)).toEqual([1, 2, 2, 3, 3, 4]);
    expect(series.render()).toMatch(/_sum{.*} 4000401.1\n/);
    expect(series.render()).toMatch(/_count{.*} 4\n/);
  });

  it('escapes label values', () => {
    const series = new MeshSeries();
    series.observe({ ...destinationLabels(reviews, { status: 200 }), responseFlags: 'a"b\\c' }, 1);
    expect(series.render()).toContain('response_flags="a\\"b\\\\c"');
  });
});
