import { describe, expect, it } from 'vitest';
import { readCondition } from '../../../../src/importing/argo/condition.ts';

const passes = (text: string) => readCondition(text, { list: true, failing: false });
const fails = (text: string) => readCondition(text, { list: true, failing: true });

describe('conditions', () => {
  it.each([
    ['result[0] >= 0.95', { min: 0.95, notes: [] }],
    ['result[0] <= 5 && result[0] >= 1', { min: 1, max: 5, notes: [] }],
    ['result[0] == 0', { min: 0, max: 0, notes: [] }],
    ['asFloat(result[0]) <= 3', { max: 3, notes: [] }],
  ])('that pass: %s', (text, limits) => {
    expect(passes(text)).toEqual(limits);
  });

  it('that are strict say that the limit itself passes, as "< 1" is not "at most 1"', () => {
    expect(passes('result[0] < 1')).toEqual({ max: 1, notes: ['1 itself passes as well'] });
    expect(fails('result[0] >= 1')).toEqual({ max: 1, notes: ['1 itself passes as well'] });
    expect(fails('result[0] > 1')).toEqual({ max: 1, notes: [] });
  });

  it('about missing data are left out, and that is said', () => {
    expect(passes('len(result) == 0 || result[0] <= 1')).toMatchObject({
      max: 1,
      notes: [expect.stringContaining('missing data')],
    });
    expect(passes('default(result[0], 0) <= 0.02')).toMatchObject({
      max: 0.02,
      notes: [expect.stringContaining('missing answer')],
    });
  });

  it.each([
    ['result > 0.95', 'can never be evaluated'],
    ['result[0] >= 1 || result[1] >= 1', 'more than a comparison'],
    ['result[0] < result[1]', 'more than a comparison'],
    ['all(result, # > 1)', 'more than a comparison'],
    ['len(result) > 0', 'looks at no number'],
  ])('that cannot be taken over are not guessed at: %s', (text, why) => {
    expect(passes(text)).toContain(why);
  });

  it('that fail for any number are found', () => {
    expect(fails('len(result) > 0 && result[0] > -0.5')).toContain('fails for every number');
  });
});
