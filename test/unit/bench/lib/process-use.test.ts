import { describe, expect, it } from 'vitest';
import { parseUse, useOf } from '../../../../bench/lib/process-use.ts';

const STATUS = 'Name:\tnode\nVmPeak:\t  900000 kB\nVmRSS:\t  262144 kB\nThreads:\t11\n';

describe('parseUse', () => {
  it('reads processor time behind a name with spaces and parentheses', () => {
    const stat = '42 (a) odd (name) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 11 0 123 0 0';
    expect(parseUse(stat, STATUS)).toEqual({ residentMiB: 256, cpuSeconds: 3 });
  });

  it('refuses a process without memory: it has ended', () => {
    const stat = '42 (node) Z 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 123 0 0';
    expect(() => parseUse(stat, 'Name:\tnode\n')).toThrow('running process');
  });
});

describe('useOf', () => {
  it('agrees with what Node says about this process', () => {
    const { residentMiB, cpuSeconds } = useOf(process.pid);
    const { rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    expect(residentMiB / (rss / 2 ** 20)).toBeCloseTo(1, 0);
    expect(Math.abs(cpuSeconds - (user + system) / 1e6)).toBeLessThan(0.5);
  });
});
