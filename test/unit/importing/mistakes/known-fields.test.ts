import { describe, expect, it } from 'vitest';
import { findMistakes, readObjects } from '../../../../src/importing/index.ts';

const mistakes = (text: string) =>
  findMistakes(readObjects(text, 'a.yaml').objects, { namespace: 'demo' })
    .filter(({ message }) => message.includes('does not know this field'))
    .map(({ line, path, remedy }) => `${line} ${path}: ${remedy}`);

const CANARY = `
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: shop }
spec:
  provider: istio
  targetRef: { kind: Deployment, name: shop }
  service: { port: 80 }
  webhooks: []
  analysis:
    interval: 30s
    threshhold: 5
    metrics:
      - name: own
        templateRef: { name: own }
        tresholdRange: { max: 1 }
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: { name: own }
spec:
  provider: { type: prometheus, adress: "http://p" }
  query: up
`;

describe('fields that a controller ignores', () => {
  it('have their line, and what was meant: a near name, or the section that knows it', () => {
    expect(mistakes(CANARY)).toEqual([
      '9 spec.webhooks: its place is spec.analysis',
      '12 spec.analysis.threshhold: write threshold',
      '16 spec.analysis.metrics[0].tresholdRange: write thresholdRange',
      '22 spec.provider.adress: write address',
    ]);
  });

  it('of a Rollout and its AnalysisTemplates are found too', () => {
    const text = `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  strategy:
    canary: { autoPromotionEnabled: false, steps: [{ setWeight: 20, pauze: {} }, { pause: { duration: 1m, until: x } }] }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: own }
spec: { metrics: [{ name: a, sucessCondition: "true", provider: { prometheus: { url: x } } }] }
`;
    expect(mistakes(text)).toEqual([
      '7 spec.strategy.canary.autoPromotionEnabled: its place is spec.strategy.blueGreen',
      '7 spec.strategy.canary.steps[0].pauze: write pause',
      '7 spec.strategy.canary.steps[1].pause.until: known here: duration',
      '12 spec.metrics[0].sucessCondition: write successCondition',
      '12 spec.metrics[0].provider.prometheus.url: its place is spec.metrics[].provider.web',
    ]);
  });
});
