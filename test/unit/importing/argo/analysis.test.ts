import { describe, expect, it } from 'vitest';
import { ABILITIES, importObjects, readObjects } from '../../../../src/importing/index.ts';
import { BUILT_IN } from '../../../../src/promql/index.ts';

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
  const [one] = importObjects(objects, { namespace: 'default', abilities: ABILITIES });
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
