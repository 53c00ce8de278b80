import { describe, expect, it } from 'vitest';
import { dueAt, dueCount } from '../../../../lab/prober/schedule.ts';

describe('schedule', () => {
  it('sends the first at once and keeps the rate', () => {
    expect([0, 9.9, 10, 995].map((ms) => dueCount(ms, 100))).toEqual([1, 1, 2, 100]);
    expect([0, 1, 100].map((n) => dueAt(n, 100))).toEqual([0, 10, 1000]);
  });
});
