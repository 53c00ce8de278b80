import { closeSync, openSync, writeSync } from 'node:fs';

/** One request as the program that answered it saw it. */
export interface RequestRecord {
  /** Arrival, epoch milliseconds with decimals. */
  at: number;
  /** Header x-probe-id, null when absent. */
  id: string | null;
  method: string;
  path: string;
  /** 0 when the client went away before the answer. */
  status: number;
  host: string;
  /** A mirrored copy or a request of a user. */
  kind: 'copy' | 'live';
  /** From arrival to the end of the answer, milliseconds. */
  ms: number;
}

const FLUSH_MS = 50;

/** Appends requests to a file as tab-separated lines, buffered for at most {@link FLUSH_MS}. */
export class RequestLog {
  #fd: number;
  #buffer: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#fd = openSync(path, 'a');
  }

  append(record: RequestRecord): void {
    this.#buffer.push(formatRequest(record));
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** Writes what is buffered and closes the file; for use at exit. */
  close(): void {
    clearTimeout(this.#timer);
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    this.#timer = undefined;
    const text = this.#buffer.join('');
    this.#buffer = [];
    // Synchronous, so that nothing is under way when the program exits.
    if (text !== '') writeSync(this.#fd, text);
  }
}

/** A record as a line of requests.log, with the line end. */
export function formatRequest(r: RequestRecord): string {
  const fields = [r.at.toFixed(3), r.id ?? '-', r.method, r.path, r.status, r.host || '-', r.kind, r.ms.toFixed(3)];
  return `${fields.map((field) => String(field).replace(/[\t\n\r]/g, ' ')).join('\t')}\n`;
}

/** Reads a line of requests.log; null for a line that is not whole (the writer was killed in the middle). */
export function parseRequestLine(line: string): RequestRecord | null {
  const fields = line.split('\t');
  if (fields.length !== 8) return null;
  const [at, id, method, path, status, host, kind, ms] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    at: Number(at),
    id: id === '-' ? null : id,
    method,
    path,
    status: Number(status),
    host,
    kind: kind === 'copy' ? 'copy' : 'live',
    ms: Number(ms),
  };
}
