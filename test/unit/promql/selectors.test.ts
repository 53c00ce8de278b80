import { expect, it } from 'vitest';
import { selectorsOf } from '../../../src/promql/selectors.ts';

it('names what a query reads, where each value stands, and whether it is added up', () => {
  const query = 'sum(rate(a_total{job="x",code!~"5.."}[1m])) / b{pod=~"{{pods}}"}';
  const [a, b] = selectorsOf(query);
  expect(a).toMatchObject({ metric: 'a_total', aggregated: true });
  expect(a?.matchers.map(({ label, operator, value }) => [label, operator, value])).toEqual([
    ['job', '=', 'x'],
    ['code', '!~', '5..'],
  ]);
  expect(b).toMatchObject({ metric: 'b', aggregated: false });
  const [pods] = b?.matchers ?? [];
  expect(query.slice(pods?.from, pods?.to)).toBe('{{pods}}');
});

it('a constant reads nothing', () => {
  expect(selectorsOf('vector(1) * 2')).toEqual([]);
});
