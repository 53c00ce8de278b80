import { expect, test } from 'vitest';
import { AT_REST, mirrored, weighted } from '../../../src/contract/intent.ts';
import { notRouted } from '../../../src/judge/not-routed.ts';

test.each([
  ['nothing was asked', AT_REST, { primary: 1000, canary: 0 }],
  ['only copies were asked', mirrored(100), { primary: 1000, canary: 0 }],
  ['too few requests to say', weighted(20), { primary: 99, canary: 0 }],
  ['a single one arrived', weighted(20), { primary: 1000, canary: 1 }],
])('says nothing when %s', (_what, intent, sent) => {
  expect(notRouted(intent, sent)).toBeUndefined();
});

test('says that the route is not in force when none of many arrived', () => {
  expect(notRouted(weighted(20), { primary: 100, canary: 0 })).toBe(
    "the callers' proxies sent none of 100 requests to the canary, where 20 % are asked for: the route is not in force",
  );
});
