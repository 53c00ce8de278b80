export interface StoredMail {
  id: string;
  /** ISO 8601. */
  receivedAt: string;
  /** Envelope sender; empty for bounces. */
  from: string;
  /** Envelope recipients. */
  to: string[];
  /** Header fields by lower-case name, unfolded, not decoded; of repeated fields the last. */
  headers: Record<string, string>;
}

/** Header fields of a raw mail (RFC 5322, section 2.2). */
export function parseHeaders(raw: string): Record<string, string> {
  const end = raw.search(/\r?\n\r?\n/);
  const unfolded = (end < 0 ? raw : raw.slice(0, end)).replace(/\r?\n[ \t]+/g, ' ');
  const fields = unfolded.split(/\r?\n/).map((line) => /^([!-9;-~]+):[ \t]*(.*)$/.exec(line));
  return Object.fromEntries(fields.flatMap((field) => (field ? [[field[1]?.toLowerCase(), field[2]]] : [])));
}
