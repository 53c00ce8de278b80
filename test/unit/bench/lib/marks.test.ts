import { describe, expect, it } from 'vitest';
import { phases } from '../../../../bench/lib/marks.ts';

describe('phases', () => {
  it('are the spans between neighbours over all samples', () => {
    const samples = [10, 20, 60].map((gap): [string, number][] => [
      ['sent', 1_000],
      ['started', 1_000 + gap],
      ['seen', 1_005 + gap],
    ]);
    expect(phases(samples)).toEqual([
      { name: 'sent → started', count: 3, median: 20, p99: 60, worst: 60 },
      { name: 'started → seen', count: 3, median: 5, p99: 5, worst: 5 },
    ]);
  });

  it('leaves out a span whose end nobody noted, and counts what is left', () => {
    const found = phases([
      [
        ['sent', 0],
        ['started', undefined],
      ],
      [
        ['sent', 0],
        ['started', 7],
      ],
    ]);
    expect(found).toEqual([{ name: 'sent → started', count: 1, median: 7, p99: 7, worst: 7 }]);
  });

  it('are none when a moment was never noted', () => {
    expect(
      phases([
        [
          ['sent', 0],
          ['started', undefined],
        ],
      ]),
    ).toEqual([]);
  });
});
