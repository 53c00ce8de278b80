import { describe, expect, it } from 'vitest';
import { givesManyNumbers, readQuery } from '../../../../src/importing/shared/query.ts';

const names = { canary: ['shop'], primary: ['shop-primary'], variable: 'workload' as const };

describe('a query of a check', () => {
  it.each([
    ['vector(99)', 'a constant'],
    ['sum(rate(all_total[1m]))', 'counts all of all_total'],
    ['sum(rate(a_total{pod=~"shop-primary-.+"}[1m]))', 'pods of the primary'],
    ['sum(rate(a_total{deployment="shop-primary"}[1m]))', 'pods of the primary'],
    ['sum(rate(a_total{pod=~"shop.+"}[{{interval}}]))', 'tells the canary'],
    ['sum(rate(a_total{pod="{{workload}}"}[1m])', 'does not take its query'],
  ])('%s', (text, problem) => {
    expect(readQuery(text, names)).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it('that tells the canary apart is as it was', () => {
    const query = 'sum(rate(a_total{pod=~"{{workload}}-[a-z0-9]+-.+"}[{{interval}}]))';
    expect(readQuery(query, names)).toEqual({ query, notes: [] });
  });

  it('with a literal name gets the variable in its place, wherever it stands', () => {
    expect(readQuery('sum(a{deployment="shop",x="y"}) / sum(b{deployment="shop"})', names)).toEqual({
      query: 'sum(a{deployment="{{workload}}",x="y"}) / sum(b{deployment="{{workload}}"})',
      notes: [expect.stringContaining('literally')],
    });
  });

  it('gives many numbers when nothing adds its series up', () => {
    expect(givesManyNumbers('rate(a[{{ interval }}]) / rate(b[{{ interval }}])')).toBe(true);
    expect(givesManyNumbers('sum(rate(a[1m])) / sum(rate(b[1m]))')).toBe(false);
    expect(givesManyNumbers('histogram_quantile(0.9, sum by (le) (rate(a_bucket[1m])))')).toBe(false);
  });
});
