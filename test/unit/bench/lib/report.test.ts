import { describe, expect, it } from 'vitest';
import { reportText } from '../../../../bench/lib/report.ts';
import type { Result } from '../../../../bench/lib/result.ts';

const RESULT: Result = {
  name: 'abort-to-zero',
  setting: 'nothing else runs',
  target: 150,
  count: 2,
  median: 61.84,
  p99: 79,
  worst: 79,
  samples: [61, 79],
  load: [1.5, 2],
  phases: [{ name: 'sent → seen', count: 2, median: 61.84, p99: 79, worst: 79 }],
  waiting: {
    residentMiB: 261.4,
    cpuPercent: 1.63,
    temporalMiB: 90,
    temporalCpuPercent: 2.6,
    apiServerCpuPercent: 3,
    prometheusCpuPercent: 4,
    connections: 7,
    requestsPerMinute: 12.4,
    queriesPerMinute: 60,
  },
};

describe('reportText', () => {
  it('has one row per result with its target and the load of the machine', () => {
    const row = reportText([RESULT]).split('\n')[1];
    expect(row).toMatch(/^abort-to-zero +nothing else runs +2 +61\.8 +79\.0 +79\.0 +< 150 +yes +1\.50 → 2\.00$/);
  });

  it('says that a median at its target misses it', () => {
    expect(reportText([{ ...RESULT, median: 150 }]).split('\n')[1]).toMatch(/ no /);
  });

  it('shows the phases and what the waits cost', () => {
    const text = reportText([RESULT]);
    expect(text).toMatch(/sent → seen +61\.8 +79\.0 +79\.0/);
    expect(text).toContain('Sluice 261 MiB and 1.6 % of one processor, Temporal 90 MiB and 2.6 %');
    expect(text).toContain('7 connections to the API server, 12 requests and 60 queries a minute');
  });
});
