/** A source of random numbers, uniform in (0, 1): 53 bits, never 0 and never 1. */
export type Random = () => number;

/** A source of its own for each list of names: the same names always give the same numbers, on every machine. */
export function createRandom(...names: readonly (string | number)[]): Random {
  const next = xoshiro128(seeds(names.join('\u0000')));
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6) + 0.5) / 2 ** 53;
}

/**
 * xoshiro128** (Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators").
 * @param state four words, not all 0
 * @returns whole numbers from 0 to 2^32 - 1
 */
export function xoshiro128([a, b, c, d]: [number, number, number, number]): () => number {
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

/** Four words from a text: FNV-1a, then one round of the 32-bit mixer of MurmurHash3 for each. */
function seeds(text: string): [number, number, number, number] {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // An all-zero state would stay zero; the mixer maps only one word to 0, so four different ones cannot all be.
  const word = (index: number) => mix(hash + Math.imul(index, 0x9e3779b9));
  return [word(1), word(2), word(3), word(4)];
}

function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
