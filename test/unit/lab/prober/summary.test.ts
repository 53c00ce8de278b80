import { describe, expect, it } from 'vitest';
import { type ProbeRecord, summarize } from '../../../../lab/prober/index.ts';

function record(n: number, parts: Partial<ProbeRecord> = {}): ProbeRecord {
  return { n, id: `r-${n}`, sentAt: 1000 + n, ms: n, status: 200, version: 'v1', pod: 'p', ...parts };
}

describe('summary', () => {
  const records = [
    record(1),
    record(2, { version: 'v2', status: 404 }),
    record(3, { version: 'v2', status: 500 }),
    record(4, { version: null, pod: null, status: null, error: 'ECONNREFUSED' }),
  ];

  it('counts no answer and 5xx as failed', () => {
    expect(summarize(records)).toEqual({
      total: 4,
      failed: 2,
      byVersion: { v1: 1, v2: 2, none: 1 },
      byStatus: { 200: 1, 404: 1, 500: 1, none: 1 },
      byError: { ECONNREFUSED: 1 },
      p50: 2,
      p99: 3,
    });
  });

  it('looks at a window by the time of sending, without its end', () => {
    expect(summarize(records, { from: 1002, to: 1004 })).toMatchObject({ total: 2, failed: 1 });
  });

  it('of nothing has no times', () => {
    expect(summarize([])).toMatchObject({ total: 0, failed: 0, p50: null, p99: null });
  });
});
