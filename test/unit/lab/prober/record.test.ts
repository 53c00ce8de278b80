import { describe, expect, it } from 'vitest';
import type { ProbeRecord } from '../../../../lab/prober/index.ts';
import { parseRecords } from '../../../../lab/prober/record.ts';

function record(n: number, parts: Partial<ProbeRecord> = {}): ProbeRecord {
  return { n, id: `r-${n}`, sentAt: 1000 + n, ms: n, status: 200, version: 'v1', pod: 'p', ...parts };
}

describe('records', () => {
  it('leave out a line that is not whole yet', () => {
    expect(parseRecords(`${JSON.stringify(record(1))}\n{"n":2,`)).toEqual([record(1)]);
    expect(parseRecords('')).toEqual([]);
  });
});
