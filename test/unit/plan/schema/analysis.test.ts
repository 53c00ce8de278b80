import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../../src/plan/index.ts';
import { changed, planOf, problemsOf } from '../../../support/plan-text.ts';

const CHECK = '      - { name: duration, builtin: requestDuration, quantile: 0.99, max: 500ms }';
const withCheck = (text: string) => changed([CHECK, `      - ${text}`]);

describe('a query in a plan', () => {
  it('is kept as it is written', () => {
    const plan = planOf(
      withCheck(
        `{ name: own, query: 'sum(x{pod=~"{{pods}}", r="{{region}}"})', variables: { region: eu }, max: 0.5, unit: /s }`,
      ),
    );
    expect(plan.analysis.checks[1]).toEqual({
      name: 'own',
      query: 'sum(x{pod=~"{{pods}}", r="{{region}}"})',
      variables: { region: 'eu' },
      max: 0.5,
      unit: '/s',
    });
  });

  it.each([
    ['{ name: own, query: \'sum(x{pod=~"{{pods}}"}\', max: 1 }', 'spec.analysis.checks[1].query: no PromQL at column'],
    [
      "{ name: own, query: 'sum(x)', max: 1 }",
      'checks[1].query: the query does not tell canary from primary; use {{pods}}',
    ],
    ['{ name: own, query: \'sum(x{pod=~"{{pods}}"})\' }', 'checks[1]: the check has no limit; write min, max or both'],
    ['{ name: own, query: \'sum(x{pod=~"{{pods}}"})\', min: 2, max: 1 }', 'checks[1].max: 1 is below min'],
    [
      '{ name: own, query: \'sum(x{pod=~"{{pods}}"})\', max: 1, variables: { pods: x } }',
      'checks[1].variables.pods: pods is known to every query',
    ],
    ['{ name: own, max: 1 }', 'checks[1].query: is missing'],
    [
      '{ name: own, builtin: requestRate, max: 1 }',
      'write requestSuccessRate or requestDuration, or leave builtin out',
    ],
  ])('%s is refused with its place', (text, message) => {
    expect(formatProblems(problemsOf(withCheck(text)))).toContain(message);
  });
});
