/** The fields of Envoy's JSON access log that the metrics need. */
export interface AccessLogEntry {
  authority: string;
  /** 0 when there was no answer. */
  responseCode: number;
  /** `-` for none. */
  responseFlags: string;
  durationMs: number;
  /** Of gRPC calls, null when there was no answer; absent for other requests. */
  grpcStatus?: number | null;
  /** For instance `outbound|9080|v1|reviews.demo.svc.cluster.local`; null when no route matched. */
  upstreamCluster: string | null;
  /** `address:port`; null when no host was chosen. */
  upstreamHost: string | null;
}

/** Reads one line of an access log with `accessLogEncoding: JSON`; null when the line is something else. */
export function parseAccessLogLine(line: string): AccessLogEntry | null {
  if (!line.startsWith('{')) return null;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (fields.response_code === undefined) return null;
  return {
    authority: text(fields.authority) ?? '',
    responseCode: Number(fields.response_code) || 0,
    responseFlags: text(fields.response_flags) ?? '-',
    durationMs: Number(fields.duration) || 0,
    ...(isCall(fields.content_type) && { grpcStatus: number(fields.grpc_status) }),
    upstreamCluster: text(fields.upstream_cluster),
    upstreamHost: text(fields.upstream_host),
  };
}

// Envoy writes null or "-" for an operator without a value.
function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value !== '-' ? value : null;
}

/** As Envoy tells calls from other requests: source/common/grpc/common.cc, hasGrpcContentType. */
function isCall(contentType: unknown): boolean {
  return /^application\/grpc(\+|$)/.test(text(contentType) ?? '');
}

function number(value: unknown): number | null {
  return typeof value === 'number' || text(value) ? Number(value) : null;
}
