import { describe, expect, it } from 'vitest';
import { odds, percent } from '../../../../src/cli/render/judge-figures.ts';

describe('figures', () => {
  it('are short and keep what matters', () => {
    expect([odds(0), odds(Math.log(240.4)), odds(-60), odds(1e4)]).toEqual(['1', '240', '10^-27', '10^4342']);
    expect([percent(0.00132), percent(0.1234), percent(0), percent(1)]).toEqual(['0.13 %', '12.3 %', '0 %', '100 %']);
  });
});
