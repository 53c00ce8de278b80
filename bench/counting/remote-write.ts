/**
 * Writes samples with times of their own into a Prometheus that takes remote writes: in the order in which they arrive, with Prometheus's
 * mark for a series that ended, which no text format has. Format: prometheus.io/docs/specs/prw/remote_write_spec, version 1.0; Snappy's block
 * format with literals alone.
 */

export interface Written {
  labels: Record<string, string>;
  timeMs: number;
  /** Undefined: the series ended. */
  value: number | undefined;
}

const LONGEST_LITERAL = 65_536;

/** @throws Error with Prometheus's words when it refuses */
export async function remoteWrite(baseUrl: string, samples: readonly Written[]): Promise<void> {
  const body = snappy(Buffer.concat(samples.map((one) => field(1, seriesOf(one)))));
  const headers = { 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' };
  const answer = await fetch(`${baseUrl}/api/v1/write`, { method: 'POST', headers, body: new Uint8Array(body) });
  if (!answer.ok) throw new Error(`remote write: HTTP ${answer.status} ${await answer.text()}`);
}

function seriesOf({ labels, timeMs, value }: Written): Buffer {
  const names = Object.keys(labels).toSorted();
  const parts = names.map((name) => field(1, Buffer.concat([text(1, name), text(2, labels[name] ?? '')])));
  const sample = Buffer.alloc(9);
  sample[0] = 0x09;
  if (value === undefined) sample.writeBigUInt64LE(0x7ff0000000000002n, 1);
  else sample.writeDoubleLE(value, 1);
  return Buffer.concat([...parts, field(2, Buffer.concat([sample, Buffer.from([0x10]), varint(timeMs)]))]);
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value));
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function snappy(content: Buffer): Buffer {
  const chunks = [varint(content.length)];
  for (let at = 0; at < content.length; at += LONGEST_LITERAL) {
    const literal = content.subarray(at, at + LONGEST_LITERAL);
    const length = literal.length - 1;
    chunks.push(Buffer.from([61 * 4, length % 256, length >> 8]), literal);
  }
  return Buffer.concat(chunks);
}
