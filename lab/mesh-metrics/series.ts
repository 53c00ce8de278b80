import type { Peer } from './peer.ts';

/** What one request adds to Istio's standard metrics. */
export interface MeshLabels {
  reporter: 'source' | 'destination';
  /** null when the reporter does not know it. */
  source: Peer | null;
  destination: Peer | null;
  service: { host: string; name: string; namespace: string };
  /** 0 when there was no answer. */
  responseCode: number;
  /** Envoy's response flags, `-` for none. */
  responseFlags: string;
  /** Of gRPC calls, null when there was no answer; absent for other requests. */
  grpcStatus?: number | null;
}

/** Upper bounds of istio_request_duration_milliseconds, as Istio's Envoy has them (the last bucket, +Inf, is implied). */
const DURATION_BUCKETS_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

const CLUSTER = 'Kubernetes';

interface Series {
  labels: string;
  count: number;
  sumMs: number;
  buckets: number[];
}

/** istio_requests_total and istio_request_duration_milliseconds, kept in memory. */
export class MeshSeries {
  #series = new Map<string, Series>();

  /** Counts one request. @param durationMs from arrival to the end of the answer */
  observe(labels: MeshLabels, durationMs: number): void {
    const text = renderLabels(labels);
    let series = this.#series.get(text);
    if (!series) {
      series = { labels: text, count: 0, sumMs: 0, buckets: DURATION_BUCKETS_MS.map(() => 0) };
      this.#series.set(text, series);
    }
    series.count += 1;
    series.sumMs += durationMs;
    const bucket = DURATION_BUCKETS_MS.findIndex((bound) => durationMs <= bound);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  /** The Prometheus text format, version 0.0.4. */
  render(): string {
    const all = [...this.#series.values()];
    const lines = ['# TYPE istio_requests_total counter'];
    for (const { labels, count } of all) lines.push(`istio_requests_total{${labels}} ${count}`);
    lines.push('# TYPE istio_request_duration_milliseconds histogram');
    for (const series of all) lines.push(...histogramLines(series));
    return `${lines.join('\n')}\n`;
  }
}

function histogramLines({ labels, count, sumMs, buckets }: Series): string[] {
  const name = 'istio_request_duration_milliseconds';
  let cumulated = 0;
  const lines = buckets.map((n, i) => {
    cumulated += n;
    return `${name}_bucket{${labels},le="${DURATION_BUCKETS_MS[i]}"} ${cumulated}`;
  });
  return [
    ...lines,
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sumMs}`,
    `${name}_count{${labels}} ${count}`,
  ];
}

// Label names and their values for unknown peers: istio.io/docs/reference/config/metrics; protocol and status: istio_stats.cc.
function renderLabels(request: MeshLabels): string {
  const { reporter, source, destination, service, responseCode, responseFlags, grpcStatus } = request;
  const pairs: [string, string][] = [
    ['reporter', reporter],
    ...peerLabels('source', source),
    ...peerLabels('destination', destination),
    ['destination_service', service.host],
    ['destination_service_name', service.name],
    ['destination_service_namespace', service.namespace],
    ['request_protocol', grpcStatus === undefined ? 'http' : 'grpc'],
    ['response_code', String(responseCode)],
    ['grpc_response_status', String(grpcStatus ?? '')],
    ['response_flags', responseFlags],
    // The source does not know whether the connection was secured, and says so.
    ['connection_security_policy', reporter === 'source' ? 'unknown' : 'none'],
  ];
  return pairs.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',');
}

function peerLabels(side: 'source' | 'destination', peer: Peer | null): [string, string][] {
  return [
    [`${side}_workload`, peer?.workload ?? 'unknown'],
    [`${side}_workload_namespace`, peer?.namespace ?? 'unknown'],
    [`${side}_app`, peer?.app ?? 'unknown'],
    [`${side}_version`, peer?.version ?? 'unknown'],
    [`${side}_canonical_service`, peer?.canonicalService ?? 'unknown'],
    [`${side}_canonical_revision`, peer?.canonicalRevision ?? 'latest'],
    [`${side}_cluster`, peer ? CLUSTER : 'unknown'],
    [`${side}_principal`, 'unknown'],
  ];
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
