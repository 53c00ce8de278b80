/** By number. Source: grpc.io, "Status Codes". */
const NAMES = (
  'OK CANCELLED UNKNOWN INVALIDARGUMENT DEADLINEEXCEEDED NOTFOUND ALREADYEXISTS PERMISSIONDENIED RESOURCEEXHAUSTED ' +
  'FAILEDPRECONDITION ABORTED OUTOFRANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATALOSS UNAUTHENTICATED'
).split(' ');

/**
 * A gRPC status in any spelling: `13`, `INTERNAL`, `Internal`, `StatusCode.INTERNAL`, `codes.Internal`, `envoy_cluster_grpc_13`,
 * `DEADLINE_EXCEEDED`, `deadline-exceeded`, `Canceled`. Undefined: it is none.
 */
export function grpcCode(text: string): number | undefined {
  const word = text.replace(/^.*[.:](?=[A-Za-z])/, '').replace(/^envoy_cluster_grpc_/, '');
  if (/^\d{1,3}$/.test(word)) return Number(word) < NAMES.length ? Number(word) : undefined;
  const name = word.replace(/[_\s-]/g, '').toUpperCase();
  const code = NAMES.indexOf(name === 'CANCELED' ? 'CANCELLED' : name);
  return code < 0 ? undefined : code;
}

/**
 * Whether a status counts against the service: those that OpenTelemetry takes for errors of a server, not of its caller. Source:
 * opentelemetry.io, "Semantic conventions for gRPC", rpc.response.status_code of server spans.
 */
export function isServersFault(code: number): boolean {
  return [2, 4, 12, 13, 14, 15].includes(code);
}
