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
      'write requestSuccessRate, requestDuration or podHealth, or leave builtin out',
    ],
  ])('%s is refused with its place', (text, message) => {
    expect(formatProblems(problemsOf(withCheck(text)))).toContain(message);
  });
});

describe('a check of pods', () => {
  const PODS = '      - { name: pods, builtin: podHealth }';
  const RATE = '      - { name: success-rate, builtin: requestSuccessRate, min: 99 }\n';
  const ALONE: [string, string][] = [
    [CHECK, PODS],
    [RATE, ''],
  ];
  const ADDRESS: [string, string] = ['    prometheus: http://prometheus:9090\n', ''];

  it('has defaults, and alone does without a Prometheus', () => {
    const { analysis } = planOf(changed(...ALONE, ADDRESS));
    expect(analysis.checks).toEqual([{ name: 'pods', builtin: 'podHealth', maxRestarts: 0, minReady: 95 }]);
    expect([analysis.source, analysis.prometheus]).toEqual([undefined, undefined]);
    expect(planOf(changed([CHECK, PODS], ADDRESS)).analysis.source).toBe('default');
    expect(planOf(changed(...ALONE)).analysis.prometheus).toBe('http://prometheus:9090');
  });

  it.each<[string, [string, string][], string]>([
    [
      'alone decides nothing beside a comparison',
      [
        [CHECK, `${PODS}\n    compare: {}`],
        [RATE, ''],
      ],
      'spec.analysis.compare: above the last compared weight the checks alone decide, and podHealth sees no requests',
    ],
    ['has limits that can be met', [[CHECK, PODS.replace(' }', ', minReady: 101 }')]], 'checks[1].minReady'],
    ['counts whole restarts', [[CHECK, PODS.replace(' }', ', maxRestarts: 0.5 }')]], 'checks[1].maxRestarts'],
  ])('%s', (_, edits, message) => {
    expect(formatProblems(problemsOf(changed(...edits)))).toContain(message);
  });
});

describe('the pods as a source', () => {
  const END = '    failureThreshold: 5';
  const withPods = (pods: string, compare = '    compare: {}\n') =>
    changed([END, `    pods: ${pods}\n${compare}${END}`]);

  it('needs nothing but the wish, and shares the chance of a false abort with Prometheus', () => {
    const { analysis } = planOf(withPods('{}'));
    expect(analysis.pods).toEqual({});
    expect(analysis.compare?.options.alpha).toBe(0.005);
    expect(planOf(withPods('{ port: 9090, path: /m, series: { kind: istio } }')).analysis.pods).toEqual({
      port: 9090,
      path: '/m',
      series: { kind: 'istio' },
    });
  });

  it.each([
    ['{}', '', 'spec.analysis.pods: what the pods count is only compared, and the plan does not compare'],
    ['{ port: 70000 }', undefined, 'spec.analysis.pods.port'],
    ['{ path: "//evil.example/" }', undefined, 'spec.analysis.pods.path'],
    ['{ every: 1s }', undefined, 'spec.analysis.pods.every'],
    [
      '{ series: { kind: app, requests: r, matchers: { handler: { "=~": "/api.*" } } } }',
      undefined,
      "spec.analysis.pods: patterns are Prometheus' own, and the pods are asked without it",
    ],
  ])('%s is refused where it cannot be', (pods, compare, message) => {
    expect(formatProblems(problemsOf(withPods(pods, compare)))).toContain(message);
  });
});
