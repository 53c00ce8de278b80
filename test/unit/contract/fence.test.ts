import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareFences,
  decideWrite,
  type Fence,
  fenceKey,
  formatFence,
  parseFence,
} from '../../../src/contract/fence.ts';

const fence = fc.record({ epoch: fc.integer({ min: 1, max: 1_000_000 }), seq: fc.integer({ min: 0, max: 1_000_000 }) });

describe('fences', () => {
  test('are written and read back as they are', () => {
    fc.assert(
      fc.property(fence, (one) => {
        expect(parseFence(formatFence(one))).toEqual(one);
      }),
    );
    expect(formatFence({ epoch: 7, seq: 12 })).toBe('7.12');
    expect(fenceKey('reviews')).toBe('fence.sluice.dev/reviews');
  });

  test.each([undefined, '', '7', '7.', '.7', '7.1.2', '-1.2', '1e3.1', ' 1.2', '1.2 '])('%j is no fence', (text) => {
    expect(parseFence(text)).toBeUndefined();
  });

  test('a later number writes, the same confirms, an earlier is refused; a newer rollout beats any number', () => {
    const stored: Fence = { epoch: 3, seq: 5 };
    expect(decideWrite(undefined, { epoch: 1, seq: 1 })).toBe('write');
    expect(decideWrite(stored, { epoch: 3, seq: 6 })).toBe('write');
    expect(decideWrite(stored, { epoch: 3, seq: 5 })).toBe('confirm');
    expect(decideWrite(stored, { epoch: 3, seq: 4 })).toBe('refused');
    expect(decideWrite(stored, { epoch: 4, seq: 1 })).toBe('write');
    expect(decideWrite(stored, { epoch: 2, seq: 999 })).toBe('refused');
  });

  test('of two writers in any order the later number is what stays', () => {
    fc.assert(
      fc.property(fence, fence, (a, b) => {
        const stays = [a, b].reduce<Fence | undefined>(
          (stored, ours) => (decideWrite(stored, ours) === 'refused' ? stored : ours),
          undefined,
        );
        expect(stays).toEqual(compareFences(a, b) >= 0 ? a : b);
      }),
    );
  });
});
