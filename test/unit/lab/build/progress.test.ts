import { describe, expect, it } from 'vitest';
import { formatDuration, formatStep } from '../../../../lab/build/progress.ts';

describe('build progress', () => {
  it('says how long it takes and how far it is', () => {
    const step = { name: 'kube-apiserver', expectedMs: 190_000, index: 3, total: 9 };
    expect(formatStep(step, 72_000)).toBe('building kube-apiserver  1m12s of about 3m10s  [3 of 9]');
  });

  it.each([
    [0, '0s'],
    [9_400, '9s'],
    [59_600, '1m00s'],
    [60_000, '1m00s'],
    [605_000, '10m05s'],
    [-5, '0s'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
