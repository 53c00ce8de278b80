import { describe, expect, it } from 'vitest';
import { clean, column, cut, widthOf, wrap } from '../../../../src/cli/render/text.ts';

describe('text in columns', () => {
  it('counts wide characters twice and combining ones not at all', () => {
    expect(widthOf('ab')).toBe(2);
    expect(widthOf('界✋')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
  });

  it('cuts with a mark that fits', () => {
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('abcd', 4)).toBe('abcd');
    expect(cut('界界界', 4)).toBe('界…');
    expect(cut('abc', 0)).toBe('');
  });

  it('fills columns', () => {
    expect(column('界', 4)).toBe('界  ');
  });

  it('wraps at spaces, and inside words that are too long', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefgh i', 3)).toEqual(['abc', 'def', 'gh', 'i']);
    expect(wrap('', 10)).toEqual(['']);
  });

  it('removes control and format characters', () => {
    expect(clean('a\u001b]0;x\u0007b\u202ec\nd\u2028e\u200bf')).toBe('a ]0;x bc d ef');
  });
});
