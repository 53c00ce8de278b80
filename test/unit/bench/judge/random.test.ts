import { describe, expect, it } from 'vitest';
import { createRandom, xoshiro128 } from '../../../../bench/judge/random.ts';

describe('random numbers', () => {
  it('are those of the published generator', () => {
    const next = xoshiro128([1, 2, 3, 4]);
    expect([next(), next(), next()]).toEqual([11520, 0, 5927040]);
  });

  it('are the same for the same names and others for other names', () => {
    const draw = (...names: (string | number)[]) => Array.from({ length: 5 }, createRandom(...names));
    expect(draw(1, 'cell', 0)).toEqual(draw(1, 'cell', 0));
    expect(draw(1, 'cell', 0)).not.toEqual(draw(1, 'cell', 1));
    expect(draw(1, 'cell', 0)).not.toEqual(draw(2, 'cell', 0));
    expect(draw('a', 'bc')).not.toEqual(draw('ab', 'c'));
  });

  it('are uniform: every tenth gets its share, no end is reached', () => {
    const random = createRandom('uniform');
    const counts = new Array<number>(10).fill(0);
    let outside = 0;
    for (let i = 0; i < 100_000; i += 1) {
      const value = random();
      if (!(value > 0 && value < 1)) outside += 1;
      counts[Math.floor(10 * value)] = (counts[Math.floor(10 * value)] ?? 0) + 1;
    }
    expect(outside).toBe(0);
    const chi = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chi).toBeLessThan(27.9); // 99.9 % quantile at 9 degrees of freedom
  });

  it('of neighbouring rollouts are not correlated', () => {
    const firsts = Array.from({ length: 20_000 }, (_, i) => createRandom(7, 'cell', i)() - 0.5);
    const product = firsts.slice(1).reduce((sum, value, i) => sum + value * (firsts[i] ?? 0), 0) / firsts.length;
    expect(Math.abs(product * 12)).toBeLessThan(5 / Math.sqrt(firsts.length));
  });
});
