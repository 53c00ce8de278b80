import { describe, expect, it } from 'vitest';
import { patternsOf } from '../../../../tools/checks/patterns/find.ts';
import { superLinear } from '../../../../tools/checks/patterns/linear.ts';

describe('the check of patterns', () => {
  it.each(['/(a+)+$/', '/\\/+$/', '/^(\\d+\\.?\\d*|\\.\\d+)$/', '/\\\\Q[\\s\\S]*?\\\\E/'])('finds %s', async (text) => {
    const [pattern] = patternsOf(`const a = (text: string) => ${text}.test(text);`).written;
    expect(pattern && (await superLinear(pattern))).toMatch(/polynomial|exponential/);
  });

  it.each(['/^[a-z]+$/', '/(?<!\\/)\\/+$/'])('lets %s be', async (text) => {
    const [pattern] = patternsOf(`export const A = ${text}u;`).written;
    expect(pattern && (await superLinear(pattern))).toBeUndefined();
  });

  it('finds what is put together, and where', () => {
    const text = '\nconst a = new RegExp(b + "+$");\nconst c = RegExp(b);\nclass RegExps {}\nnew RegExps();';
    expect(patternsOf(text)).toEqual({ written: [], made: [2, 3] });
  });
});
