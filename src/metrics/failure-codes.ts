/**
 * gRPC codes that count against the service: those that OpenTelemetry takes for errors of a server, not of its caller.
 * Source: opentelemetry.io, "Semantic conventions for gRPC", rpc.response.status_code of server spans.
 */
const GRPC = new Set(['UNKNOWN', 'DEADLINEEXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATALOSS']);

/**
 * A response code that counts against the service: 500 and above, alone (`503`) or as a class (`5xx`, and the `5` of Envoy's
 * `envoy_response_code_class`); 0, which proxies write when there was no answer at all; gRPC names however they are spelled
 * (`DEADLINE_EXCEEDED`, `DeadlineExceeded`). None at all too: a wrong name of the label must not make every request a success.
 */
export function isFailure(code: string): boolean {
  if (/^(|0|5|5xx|[5-9]\d\d)$/i.test(code)) return true;
  return GRPC.has(code.replaceAll('_', '').toUpperCase());
}
