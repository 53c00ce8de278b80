/** One request of the prober and what became of it. */
export interface ProbeRecord {
  /** Number within the run, from 0. */
  n: number;
  /** What the request carried as x-probe-id: `<run>-<n>`. */
  id: string;
  /** Epoch milliseconds with decimals. */
  sentAt: number;
  /** From sending to the last byte of the answer, or to the failure; milliseconds. */
  ms: number;
  /** null when there was no whole answer. */
  status: number | null;
  /** Header x-version of the answer. */
  version: string | null;
  /** Header x-pod of the answer. */
  pod: string | null;
  /** gRPC status of a call. */
  grpcStatus?: number;
  /** Why there was no answer. */
  error?: string;
}

/** Reads JSON lines; a last line that is not whole yet is left out. */
export function parseRecords(text: string): ProbeRecord[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ProbeRecord);
}

/** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const SERVER_ERRORS = [2, 4, 12, 13, 14, 15];

/** What a user would call a failure: no answer, an answer of the 500s, or a call that the server could not serve. */
export function isFailed({ status, grpcStatus }: Pick<ProbeRecord, 'status' | 'grpcStatus'>): boolean {
  return status === null || status >= 500 || (grpcStatus !== undefined && SERVER_ERRORS.includes(grpcStatus));
}
