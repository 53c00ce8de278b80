import { expect, it } from 'vitest';
import { fromTree, joinKey, toTree } from '../../../src/metrics/snapshot.ts';

it('keeps every label, those that objects have of their own too', () => {
  const counters = new Map(
    [
      ['200', ''],
      ['200', 'DC'],
      ['__proto__', 'polluted'],
      ['constructor', '__proto__'],
    ].map((labels, index): [string, number] => [joinKey(labels), index + 1]),
  );
  const stored: ReturnType<typeof toTree> = JSON.parse(JSON.stringify(toTree(counters)));
  expect(new Map(fromTree(stored))).toEqual(counters);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
