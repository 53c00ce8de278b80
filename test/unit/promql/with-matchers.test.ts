import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkQuery } from '../../../src/promql/check-query.ts';
import { selector } from '../../../src/promql/quote.ts';
import { renderQuery } from '../../../src/promql/render-query.ts';
import { withMatchers } from '../../../src/promql/with-matchers.ts';

const MATCHERS = { cluster: 'a', tenant: { '=~': 'x.*', '!=': 'x"y' } };
const LIST = 'cluster="a",tenant=~"x.*",tenant!="x\\"y"';

it.each([
  ['up', `up{${LIST}}`],
  ['up{}', `up{${LIST}}`],
  ['up{ }', `up{${LIST} }`],
  ['up{job="a",}', `up{${LIST},job="a",}`],
  ['{job="a"}', `{${LIST},job="a"}`],
  ['{"my.metric"}', `{${LIST},"my.metric"}`],
  ['{"my.label"="b"}', `{${LIST},"my.label"="b"}`],
  ['up{ # what "{" is\n }', `up{${LIST} # what "{" is\n }`],
  ['up{ # what\n job="a"}', `up{${LIST}, # what\n job="a"}`],
  ['rate(x[5m] offset 1m)', `rate(x{${LIST}}[5m] offset 1m)`],
  ['max_over_time(x{a="}"}[1h:5m] @ end())', `max_over_time(x{${LIST},a="}"}[1h:5m] @ end())`],
  [
    'sum by (cluster) (x) / on (pod) group_left (node) y',
    `sum by (cluster) (x{${LIST}}) / on (pod) group_left (node) y{${LIST}}`,
  ],
  ['x{cluster="b"}', `x{${LIST},cluster="b"}`],
  ['vector(time())', 'vector(time())'],
  ['label_replace(vector(1), "a", "x{}", "", "up")', 'label_replace(vector(1), "a", "x{}", "", "up")'],
])('%s', (query, wanted) => expect(withMatchers(query, MATCHERS)).toBe(wanted));

it('without matchers every query is what it was, also one that nobody here understands', () =>
  expect(withMatchers('x keep_metric_names', {})).toBe('x keep_metric_names'));

it.each([
  ['an addition of MetricsQL', 'rate(x) keep_metric_names'],
  ['alternatives of MetricsQL, of which one would stay free', '{a="b" or c="d"}'],
  ['a quote that is left open', 'x{a="b}'],
  ['nothing', ''],
])('what is no PromQL gets none: %s', (_, query) => expect(withMatchers(query, MATCHERS)).toBeUndefined());

it('every selector of a query that a plan may bring has them, whatever its values are', () => {
  const query = 'sum(rate(x{pod=~"{{pods}}",a="{{v}}"}[{{interval}}])) / sum(y{b=`{{v}}`})';
  fc.assert(
    fc.property(fc.string(), (v) => {
      fc.pre(!v.includes('`') && checkQuery(query, { v }).length === 0);
      const values = {
        namespace: 'n',
        workload: 'w',
        service: 's',
        revision: 'h',
        pods: 'w-[a-z]+',
        intervalMs: 1000,
        variables: { v },
      };
      const given = withMatchers(renderQuery(query, values), { cluster: 'a' }) ?? '';
      expect(given.split('x{cluster="a",pod').length).toBe(2);
      expect(given.split('y{cluster="a",b').length).toBe(2);
    }),
  );
});

it('operators stand in our own selectors as they are written, and are quoted', () => {
  expect(selector('r', { handler: { '=~': '/api.*', '!=': '/api"' }, job: { '!=': '' } })).toBe(
    'r{handler=~"/api.*",handler!="/api\\"",job!=""}',
  );
});
