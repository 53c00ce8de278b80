import { expect, test } from 'vitest';
import { expectedRequests } from '../../../../src/judge/compare/expected.ts';

test.each([
  [0, 0, 0.05, Number.POSITIVE_INFINITY, 960],
  [0.001, 0.006, 0.05, 3200, Number.POSITIVE_INFINITY],
  [0.001, 0.051, 'mirror' as const, 264, Number.POSITIVE_INFINITY],
  [0.01, 0.01, 0.05, Number.POSITIVE_INFINITY, 2600],
  [0.05, 0.05, 'mirror' as const, Number.POSITIVE_INFINITY, 3900],
])('%f against %f at a share of %s', (primary, canary, share, abort, pass) => {
  const got = expectedRequests({}, { primary, canary }, share);
  expect(got.abort === abort || Math.abs(got.abort / abort - 1) < 0.25, `abort ${got.abort}`).toBe(true);
  expect(got.pass === pass || Math.abs(got.pass / pass - 1) < 0.25, `pass ${got.pass}`).toBe(true);
});
