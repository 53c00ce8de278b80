import { describe, expect, it } from 'vitest';
import { checkQuery, tellsArms } from '../../../src/promql/check-query.ts';

describe('a query of a plan', () => {
  it.each([
    ['sum(rate(x{pod=~"{{pods}}"}[1m])', {}, 'no PromQL at column 33: it ends too early'],
    ['sum(x{pod=~"{{pods}}"}) + * 2', {}, 'no PromQL at column'],
    ['x{pod=~"{{pods}}", a="{{region}}"}', {}, '{{region}} at column 23 is unknown'],
    ['x{pod=~"{{pods}}"}', { region: 'eu' }, 'the query does not use the variable region'],
    ['x{pod="{{pods}}"}', {}, '{{pods}} at column 8 is a pattern'],
    ['{{workload}}_total{pod=~"{{pods}}"}', {}, '{{workload}} at column 1 stands outside the value of a label'],
    ['x{{{workload}}="a", pod=~"{{pods}}"}', {}, '{{workload}} at column 3 stands outside the value of a label'],
    ['label_replace(x{pod=~"{{pods}}"}, "a", "{{workload}}", "b", "")', {}, 'stands outside the value of a label'],
    ['x{pod=~"{{pods}}", a="{{interval}}"}', {}, '{{interval}} at column 23 is a duration'],
    ['rate(x{pod=~"{{pods}}"}[{{workload}}])', {}, '{{workload}} at column 25 stands outside'],
    ['x{pod=~"{{pods}}", a=`{{odd}}`}', { odd: '`' }, 'has a backtick between backticks'],
    ['sum(\n  x{pod=~"{{pods}}", a="{{no}}"})', {}, '{{no}} at line 2, column 25 is unknown'],
    ['x{pod=~"{{pods}}", a="{{constructor}}"}', {}, '{{constructor}} at column 23 is unknown'],
    ['rate(x{pod=~"{{pods}}"}[1{{interval}}])', {}, '{{interval}} at column 26 is a duration'],
    ['rate(x{pod=~"{{pods}}"}[5m{{interval}}])', {}, '{{interval}} at column 27 is a duration'],
    ['x{pod=~"{{pods}}", a="{{re-gion}}"}', {}, 'the braces at column 23 hold no name'],
    ['x{pod=~"{{pods}}", a="{{region}"}', {}, 'the braces at column 23 hold no name'],
    ['x{pod=~"{{pods}}", a="\\d"}', {}, 'the backslash at column 23 begins no escape'],
    ['x{pod=~"{{pods}}", a="\\\'"}', {}, 'the backslash at column 23 begins no escape'],
    ['x{pod=~"{{pods}}", a="open\n"}', {}, 'no PromQL at line 1, column 22'],
  ])('%s is refused', (query, variables, message) => {
    const [problem] = checkQuery(query, variables as Record<string, string>);
    expect(problem?.message).toContain(message);
    expect(problem?.remedy).not.toBe('');
  });

  it.each(['\\{{v}}', '\\\\\\{{v}}', '\\x{{v}}', '\\x4{{v}}', '\\u00{{v}}', '\\1{{v}}'])(
    'a backslash takes no part of a value: "%s"',
    (inside) => {
      const [problem] = checkQuery(`x{pod=~"{{pods}}", a="${inside}"}`, { v: '"} or up{z="' });
      expect(problem?.message).toMatch(/^the backslash at column \d+ begins no escape/);
    },
  );

  it.each([
    '[{{v}}]',
    '[^]{{v}}]',
    '[[:alpha:]{{v}}]',
    'a{{{v}}}',
    'a{1,{{v}}}',
    '(?{{v}})',
    '\\{{v}}',
    '\\p{{v}}',
    '\\Q{{v}}\\E',
  ])('a value is no part of a pattern: `%s`', (inside) => {
    const [problem] = checkQuery(`x{pod=~"{{pods}}", a=~\`${inside}\`}`, { v: 'x' });
    expect(problem?.message).toMatch(/^\{\{v\}\} at column \d+ stands inside a class/);
  });
});

describe('whom a query sees', () => {
  it.each([
    ['x{pod=~"{{pods}}"}', false, undefined],
    ['x{a="{{workload}}"}', false, undefined],
    ['x{a="{{revision}}"}', false, undefined],
    ['x{a="{{service}}"}', true, undefined],
    ['x{a="{{service}}"}', false, 'the query does not tell canary from primary: both have one Service'],
    ['x{a="{{namespace}}"}', true, 'the query does not tell canary from primary'],
  ])('%s, two Services %s: %s', (query, services, message) => {
    expect(tellsArms(query, services)?.message).toBe(message);
  });
});
