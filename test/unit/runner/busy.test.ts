import type { CpuInfo } from 'node:os';
import { expect, it } from 'vitest';
import { watchProcessors } from '../../runner/busy.ts';

const processor = (busy: number, idle: number): CpuInfo => ({
  model: '',
  speed: 0,
  times: { user: busy, nice: 0, sys: 0, irq: 0, idle },
});

it('tells how much of the time since then the processors worked, all together', () => {
  const reads = [
    [processor(1_000, 5_000), processor(0, 9_000)],
    [processor(1_900, 5_100), processor(300, 9_700)],
  ];
  const told = watchProcessors(() => reads.shift() ?? []);
  expect(told()).toBe('0.0 minutes, processors 60 % busy');
});
