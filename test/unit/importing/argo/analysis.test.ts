import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { importObjects, readObjects } from '../../../../src/importing/index.ts';
import { loadPlanText } from '../../../../src/plan/index.ts';
import { BUILT_IN } from '../../../../src/promql/template.ts';

/** A Rollout on Istio whose background analysis has these arguments. */
function source(args: string, query: string): string {
  return `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop, namespace: demo }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: shop, image: shop:1 }] } }
  strategy:
    canary:
      canaryService: shop-new
      stableService: shop-old
      trafficRouting: { istio: { virtualService: { name: shop } } }
      analysis: { templates: [{ templateName: good }], args: [${args}] }
      steps: [{ setWeight: 20 }, { pause: { duration: 1m } }]
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: good, namespace: demo }
spec:
  args: [{ name: who }, { name: space, value: demo }]
  metrics:
    - { name: good, interval: 1m, failureLimit: 2, successCondition: "result[0] >= 0.95", provider: { prometheus: { address: "http://p:9090", query: '${query}' } } }
`;
}

function imported(args: string, query: string) {
  const { objects } = readObjects(source(args, query), 'rollout.yaml');
  const [one] = importObjects(objects, { namespace: 'default' });
  if (!one) throw new Error('nothing imported');
  return { ...one, spec: one.plan?.spec as { analysis: { checks: object[]; failureThreshold: number } } | undefined };
}

const SERVICE = 'sum(rate(a_total{host=~"{{args.who}}.{{ args.space }}.svc.+"}[1m]))';

describe('a check of a Rollout', () => {
  it('by the Service of the canary is taken over as soon as plans take {{service}}, and named as lost before', () => {
    const { spec, rows } = imported('{ name: who, value: shop-new }', SERVICE);
    const check = { name: 'good', query: 'sum(rate(a_total{host=~"{{service}}.demo.svc.+"}[1m]))', min: 0.95 };
    // {{revision}} and {{service}} come together
    if ((BUILT_IN as readonly string[]).includes('revision')) {
      expect(spec?.analysis).toMatchObject({ checks: [check], failureThreshold: 3 });
      expect(rows).toContainEqual(
        expect.objectContaining({ path: 'spec.strategy.canary.analysis.args[0]', result: 'kept' }),
      );
    } else {
      expect(spec?.analysis.checks).toEqual([{ name: 'pods', builtin: 'podHealth' }]);
      const row = rows.find(({ path }) => path === 'spec.metrics[0]');
      expect(row).toMatchObject({ result: 'lost', note: expect.stringContaining('a plan does not take its query') });
      expect(row?.remedy).toBeUndefined();
    }
  });

  it('whose argument is nobody is lost, and a mistake', () => {
    const { rows } = imported(
      '{ name: service-name, value: canary }',
      'sum(rate(a_total{host="{{args.service-name}}"}[1m]))',
    );
    expect(rows.find(({ path }) => path === 'spec.metrics[0]')).toMatchObject({
      result: 'lost',
      note: expect.stringContaining('a Service "canary" that does not exist'),
      remedy: expect.any(String),
    });
  });

  it('without a value for its argument is not guessed at', () => {
    const { spec } = imported('', SERVICE);
    expect(spec?.analysis.checks).toEqual([{ name: 'pods', builtin: 'podHealth' }]);
  });
});

/** The same Rollout with this metric in its template. */
function metric(text: string, args = '') {
  const lines = source(args, 'x').split('\n');
  const { objects } = readObjects([...lines.slice(0, -2), `    - ${text}`, ''].join('\n'), 'rollout.yaml');
  const [one] = importObjects(objects, { namespace: 'default' });
  const spec = one?.plan?.spec as { analysis: { checks: { name: string }[] } } | undefined;
  const result = loadPlanText(stringify(one?.plan), 'plan.yaml');
  expect('problems' in result ? result.problems : []).toEqual([]);
  const row = one?.rows.find(({ path, object }) => path === 'spec.metrics[0]' && object.startsWith('AnalysisTemplate'));
  return { checks: spec?.analysis.checks, note: row?.note ?? '', result: row?.result, rows: one?.rows ?? [] };
}

const PODS = [{ name: 'pods', builtin: 'podHealth' }];
const web = (provider: string, condition = 'result <= 0.5', args = '') =>
  metric(`{ name: Rate, successCondition: "${condition}", provider: { web: { ${provider} } } }`, args);

describe('an address that a Rollout asks', () => {
  it('is a web check', () => {
    const asked = 'url: "https://q.example/a?v={{args.hash}}&n={{args.space}}", timeoutSeconds: 5, insecure: true';
    const hash = '{ name: hash, valueFrom: { podTemplateHashValue: Latest } }';
    const found = web(`${asked}, jsonPath: "{$.data[0]['a/b']}"`, 'asFloat(result) < 0.5', hash);
    const address = 'https://q.example';
    const asks = { address, path: '/a?v={{revision}}&n=demo', pointer: '/data/0/a~1b' };
    expect(found.checks).toEqual([{ name: 'rate', web: asks, max: 0.5 }]);
    expect(found).toMatchObject({ result: 'changed', note: expect.stringContaining('0.5 itself passes as well') });
    expect(found.note).not.toContain('nothing in its address');
    const lost = found.rows.filter(({ result, path }) => result === 'lost' && path.startsWith('spec.metrics'));
    expect(lost).toEqual([]);
  });

  it('is said where nothing in it means the canary', () => {
    const found = web('url: "https://q.example"');
    expect(found.checks).toMatchObject([{ web: { address: 'https://q.example', path: '/', pointer: '' } }]);
    expect(found.note).toContain('nothing in its address says that the canary is meant');
    expect(web('url: "http://shop-new.demo.svc:80/rate"').note).not.toContain('nothing in its address');
  });

  it.each([
    ['another method', 'url: "https://q.example", method: POST', 'it sends a POST'],
    ['a login', 'url: "https://q.example", headers: [{ key: Authorization, value: x }]', 'it sends Authorization'],
    ['a body', 'url: "https://q.example", jsonBody: { a: 1 }', 'it has jsonBody'],
    ['an argument without a value', 'url: "https://q.example/{{args.who}}"', 'its address is not known'],
    ['a host by an argument', 'url: "https://{{args.who}}/a"', 'its address is not known'],
    ['the primary', 'url: "http://shop-old/rate"', 'the Service of the primary'],
    ['a filter', 'url: "https://q.example", jsonPath: "{$.a[?(@.b)].c}"', 'its jsonPath is more'],
  ])('with %s is lost', (_what, provider, why) => {
    const found = web(provider);
    expect(found.checks).toEqual(PODS);
    expect(found).toMatchObject({ result: 'lost', note: expect.stringContaining(why) });
  });

  it('with a condition that is no limit is lost', () => {
    const found = web('url: "https://q.example"', 'result.ok && result.rate >= 0.9');
    expect(found).toMatchObject({ result: 'lost', note: expect.stringContaining('more than a comparison') });
  });
});

const job = (spec: string, args = '') => metric(`{ name: smoke, provider: { job: { spec: { ${spec} } } } }`, args);
const CONTAINER = 'containers: [{ name: a, image: a:1, args: ["{{args.who}}.{{args.space}}"] }]';

describe('a Job that a Rollout runs', () => {
  it('is a job check, once and without an end of its own', () => {
    const template = `{ metadata: { labels: { a: b } }, spec: { restartPolicy: Never, ${CONTAINER} } }`;
    const found = job(`backoffLimit: 1, activeDeadlineSeconds: 60, template: ${template}`, '{ name: who, value: ann }');
    const spec = { containers: [{ name: 'a', image: 'a:1', args: ['ann.demo'] }] };
    expect(found.checks).toEqual([
      { name: 'smoke', job: { template: { metadata: { labels: { a: 'b' } }, spec } }, timeout: '60s' },
    ]);
    expect(found).toMatchObject({ result: 'changed', note: expect.stringContaining('at the end of every look') });
    expect(found.rows.filter(({ path, result }) => path.startsWith('spec.metrics') && result === 'lost')).toEqual([]);
    expect(
      job(`activeDeadlineSeconds: 900, template: { spec: { containers: [{ name: a, image: a:1 }] } }`).checks,
    ).toEqual([
      { name: 'smoke', job: { template: { spec: { containers: [{ name: 'a', image: 'a:1' }] } } }, timeout: '240s' },
    ]);
  });

  it.each([
    ['without containers', 'template: { spec: {} }', '', 'no containers'],
    [
      'that needs the revision',
      `template: { spec: { ${CONTAINER} } }`,
      'valueFrom: { podTemplateHashValue: Latest }',
      '{{revision}}',
    ],
    ['that needs what nobody says', `template: { spec: { ${CONTAINER} } }`, '', '{{args.who}}'],
  ])('%s is lost', (_what, spec, value, why) => {
    const found = job(spec, value && `{ name: who, ${value} }`);
    expect(found.checks).toEqual(PODS);
    expect(found).toMatchObject({ result: 'lost', note: expect.stringContaining(why) });
  });
});
