/** gRPC codes that count against the service. Codes: grpc.github.io/grpc/core/md_doc_statuscodes.html. */
const GRPC = new Set(['UNKNOWN', 'DEADLINEEXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATALOSS']);

/**
 * A response code that counts against the service: 500 and above, alone (`503`) or as a class (`5xx`, `5`); 0, which proxies write
 * when there was no answer at all; gRPC names however they are spelled (`DEADLINE_EXCEEDED`, `DeadlineExceeded`).
 */
export function isFailure(code: string): boolean {
  if (/^(0|5|5xx|[5-9]\d\d)$/i.test(code)) return true;
  return GRPC.has(code.replaceAll('_', '').toUpperCase());
}
