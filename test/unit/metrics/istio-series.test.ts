import { describe, expect, test } from 'vitest';
import { podPattern } from '../../../src/metrics/istio-series.ts';

/** As Prometheus does: the pattern must match the whole label. */
const matches = (pattern: string, pod: string) => new RegExp(`^(?:${pattern})$`).test(pod);

describe('the pods of one revision', () => {
  const pattern = podPattern('reviews-v2', '7d4b9c');

  test('are told apart from those of every other revision of the canary', () => {
    expect(matches(pattern, 'reviews-v2-7d4b9c-x2k8q')).toBe(true);
    for (const other of ['reviews-v2-7d4b9d-x2k8q', 'reviews-v2-7d4b9c0-x2k8q', 'reviews-v2-extra-7d4b9c-x2k8q']) {
      expect(matches(pattern, other), other).toBe(false);
    }
  });

  test('without a revision are none', () => {
    expect(matches(podPattern('reviews-v2', ''), 'reviews-v2-7d4b9c-x2k8q')).toBe(false);
  });
});
