import { describe, expect, it } from 'vitest';
import { findMistakes, importObjects, readObjects } from '../../../../src/importing/index.ts';

const options = { namespace: 'default' };

function source(metrics: string, query = 'sum(a{deployment="{{ target }}",side="{{ variables.side }}"})', hooks = '') {
  const text = `
{ apiVersion: flagger.app/v1beta1, kind: Canary, metadata: { name: shop, namespace: demo }, spec: { provider: istio, targetRef: { apiVersion: apps/v1, kind: Deployment, name: shop }, service: { port: 80 }, analysis: { interval: 30s, threshold: 2, stepWeight: 50, metrics: [${metrics}], webhooks: [${hooks}] } } }
---
{ apiVersion: flagger.app/v1beta1, kind: MetricTemplate, metadata: { name: own, namespace: demo }, spec: { provider: { type: prometheus, address: "http://p:9090" }, query: '${query}' } }
`;
  return readObjects(text, 'a.yaml').objects;
}

function checks(...given: Parameters<typeof source>) {
  const [one] = importObjects(source(...given), options);
  return (one?.plan?.spec as { analysis: { checks: object[] } } | undefined)?.analysis.checks;
}
const mistakes = (...given: Parameters<typeof source>) =>
  findMistakes(source(...given), options).map(({ path, remedy }) => [path, remedy]);

const OWN = '{ name: own, templateRef: { name: own }, templateVariables: { side: in }, thresholdRange: { max: 5 } }';

describe('a MetricTemplate', () => {
  it('has its variables in the plan', () => {
    expect(checks(OWN)).toEqual([
      {
        name: 'own',
        query: 'sum(a{deployment="{{workload}}",side="{{side}}"})',
        variables: { side: 'in' },
        max: 5,
      },
    ]);
  });

  it('that names the Service of the canary reads that of each side', () => {
    const query = 'sum(a{service=~"{{ service }}-canary",side="{{ variables.side }}"})';
    expect(checks(OWN, query)).toMatchObject([{ query: expect.stringContaining('"{{service}}"') }]);
    expect(mistakes(OWN, query)).toEqual([]);
  });
});

it('a window that is not written is a minute, and another one in the plan is said', () => {
  const [one] = importObjects(source(OWN), options);
  expect(one?.rows).toContainEqual(
    expect.objectContaining({
      path: 'spec.analysis.metrics[0].interval',
      note: expect.stringContaining('not over 1m'),
    }),
  );
});

it('limits that no number meets are a mistake', () => {
  expect(mistakes(OWN.replace('max: 5', 'min: 9, max: 5'))).toEqual([['spec.analysis.metrics[0]', 'swap min and max']]);
});

describe('limits of the built-in checks', () => {
  it.each([
    ['request-success-rate', 'min: 0.99', 'write 99'],
    ['request-success-rate', 'min: 199', 'write percent'],
    ['request-duration', 'max: 0.5', 'write milliseconds'],
  ])('%s %s is a mistake', (name, limit, remedy) => {
    const metric = `{ name: ${name}, thresholdRange: { ${limit} } }`;
    expect(mistakes(metric)).toEqual([[expect.stringContaining('metrics[0].thresholdRange'), remedy]]);
  });

  it.each([
    ['request-success-rate', 'thresholdRange: { min: 99.5 }', { min: 99.5 }],
    ['request-duration', 'thresholdRange: { max: 500 }', { max: '500ms' }],
    ['request-duration', 'threshold: 250', { max: '250ms' }],
  ])('%s %s is none', (name, limit, check) => {
    expect(mistakes(`{ name: ${name}, ${limit} }`)).toEqual([]);
    expect(checks(`{ name: ${name}, ${limit} }`)).toMatchObject([check]);
  });

  it('a range without the end that counts has no limit, whatever the old field says', () => {
    expect(checks('{ name: request-duration, threshold: 9, thresholdRange: { min: 1 } }')).toMatchObject([
      { builtin: 'podHealth' },
    ]);
  });

  it('a name that every object knows is no built-in check', () => {
    expect(checks('{ name: constructor }')).toMatchObject([{ builtin: 'podHealth' }]);
  });
});

describe('a test before users', () => {
  const hook = (type: string) =>
    `{ name: t, type: pre-rollout, url: "http://l.demo/", metadata: { ${type} cmd: "curl -sf http://shop-canary.demo/" } }`;

  it('counts for Flagger by bash alone', () => {
    expect(mistakes('', undefined, hook('type: bash,'))).toEqual([]);
    expect(mistakes('', undefined, hook('type: cmd,'))).toEqual([
      ['spec.analysis.webhooks[0]', 'write metadata.type: bash'],
    ]);
  });
});
