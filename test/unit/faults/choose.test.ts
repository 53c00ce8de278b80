import { describe, expect, test } from 'vitest';
import { assertKnown, chooseIds, parseShard } from '../../faults/choose.ts';
import { pairRows, type Way } from '../../faults/rows/pairs.ts';

describe('rows', () => {
  test('are made for every activity, before and after; the seed chooses the call, a cancelled one has no after', () => {
    const way: Way = { prefix: 'P', what: '', run: () => Promise.reject(), needs: (failpoint) => ({ failpoint }) };
    const rows = pairRows(
      way,
      { route: Array(5).fill(true), detect: [true], awaitReady: [false], look: [false, true] },
      7,
    );
    expect(rows[0]?.id).toBe('P:route:before');
    expect(rows.map(({ needs }) => needs?.failpoint)).toEqual([
      'route:before:3',
      'route:after:3',
      'detect:before:1',
      'detect:after:1',
      'awaitReady:before:1',
      'look:before:2',
      'look:after:2',
    ]);
  });

  test('are chosen by id, by the beginning of a pair, and by shard', () => {
    const ids = ['F1', 'F12', 'P:route:before', 'P:route:after'];
    expect(chooseIds(ids, ['F1', 'P:route'])).toEqual(['F1', 'P:route:before', 'P:route:after']);
    const shards = [1, 2, 3].map((number) => chooseIds(ids, undefined, { number, of: 3 }));
    expect(shards.flat().sort()).toEqual([...ids].sort());
    expect(() => chooseIds(ids, ['F2'])).toThrow(/no row is called F2; there are F1, F12/);
    expect(() => assertKnown(['F1', 'P:', 'P:route', 'R:'], ['F1', 'R:1'], ['P'])).not.toThrow();
    expect(() => assertKnown(['A6:'], ['F1', 'R:1'], ['P'])).toThrow('no row is called A6:; there are F1, R:1, P:');
    for (const wrong of ['0/3', '4/3', '3', 'a/b']) expect(() => parseShard(wrong)).toThrow(/looks like 2\/3/);
  });
});
