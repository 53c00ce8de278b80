import { describe, expect, it } from 'vitest';
import { givesManyNumbers, readQuery } from '../../../../src/importing/shared/query.ts';

const names = {
  canary: { 'shop-canary': 'service', shop: 'workload' } as const,
  primary: ['shop-primary'],
};

describe('a query of a check', () => {
  it.each([
    ['vector(99)', 'a constant'],
    ['sum(rate(all_total[1m]))', 'counts all of all_total'],
    ['sum(rate(a_total{pod=~"shop-primary-.+"}[1m]))', 'pods of the primary'],
    ['sum(rate(a_total{deployment="shop-primary"}[1m]))', 'pods of the primary'],
    ['sum(rate(a_total{pod=~"shop.+"}[{{interval}}]))', 'tells the canary'],
    ['sum(rate(a_total{namespace="shop"}[1m]))', 'tells the canary'],
    ['sum(rate(a_total{container="{{workload}}"}[1m]))', 'tells the canary'],
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

  it('that names the Service of the canary gets it as a variable, a host of it too', () => {
    expect(readQuery('sum(a{host="shop-canary.demo.svc"}) / sum(b{service="shop-canary"})', names)).toMatchObject({
      query: 'sum(a{host="{{service}}.demo.svc"}) / sum(b{service="{{service}}"})',
    });
  });

  it('that has the pods of the primary in it as well, whose names begin alike, is narrowed, and a mistake', () => {
    const found = readQuery('sum(a{pod=~"{{workload}}-.*"}) / sum(b{deployment=~"{{workload}}.*"})', names);
    expect(found).toMatchObject({
      query: 'sum(a{pod=~"{{pods}}"}) / sum(b{deployment=~"{{workload}}"})',
      notes: [expect.stringContaining('begin alike')],
      mistake: expect.stringContaining('{{ target }}'),
    });
  });

  it('that leaves the primary out is none', () => {
    const found = readQuery('sum(a{pod=~"{{workload}}-.*",pod!~"shop-primary-.*"})', names);
    expect(found).toMatchObject({ query: expect.stringContaining('{{pods}}'), notes: [] });
    expect('mistake' in found).toBe(false);
  });

  it('that is blind is no mistake where a label may be of the canary alone', () => {
    expect(readQuery('sum(a{version="canary"})', names)).toMatchObject({ mistake: false });
    expect(readQuery('sum(a{version="1"})', names)).toMatchObject({ mistake: true });
  });

  it('has variables of its own', () => {
    const query = 'sum(a{deployment="{{workload}}",direction="{{direction}}"})';
    expect(readQuery(query, names)).toHaveProperty('problem');
    expect(readQuery(query, { ...names, variables: { direction: 'inbound' } })).toEqual({ query, notes: [] });
  });

  it('gives many numbers when nothing adds its series up', () => {
    expect(givesManyNumbers('rate(a[{{ interval }}]) / rate(b[{{ interval }}])')).toBe(true);
    expect(givesManyNumbers('sum(rate(a[1m])) / sum(rate(b[1m]))')).toBe(false);
    expect(givesManyNumbers('histogram_quantile(0.9, sum by (le) (rate(a_bucket[1m])))')).toBe(false);
  });
});
