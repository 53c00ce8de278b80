import { expect, it } from 'vitest';
import { shareFindings } from '../../../../src/activities/preflight/shares.ts';
import type { PlanWorkloads } from '../../../../src/kubernetes/objects/preflight.ts';
import { planFor } from '../../../support/plan.ts';

const plan = planFor('shop', { shift: { weights: [20, 50, 100], everyMs: 1 } });
plan.traffic.mode = 'pods';
plan.scale = { ...plan.scale, canary: { replicas: 1, matchWeight: true } };

const workloads = (replicas: number, ...scaled: string[]): PlanWorkloads => ({
  pair: {
    primary: {
      metadata: { name: 'reviews-v1', namespace: 'demo' },
      spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
    },
  },
  autoscalers: scaled.map((name) => ({
    metadata: { name, namespace: 'demo' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, maxReplicas: 3 },
  })),
});

it('says what each weight becomes', () => {
  expect(shareFindings(plan, workloads(4))).toEqual({
    problems: [],
    warnings: [],
    facts: ['beside 4 primary pods the canary has 20 % (1 pod), 50 % (4 pods), 100 % (4 pods)'],
  });
});

it('warns of shares that are near, and refuses weights that cannot be had, with those that can', () => {
  expect(shareFindings(plan, workloads(3)).warnings).toEqual([
    'beside 3 primary pods shares are near their weights: 20 % is 25 % (1 pod)',
  ]);
  expect(shareFindings(plan, workloads(1)).problems).toEqual([
    {
      where: 'Deployment demo/reviews-v1',
      problem:
        'has 1 pod, beside which the weights 20, 50 cannot be had: a canary has 50 % (1 pod), 67 % (2 pods), 75 % (3 pods), 80 % (4 pods) and so on',
      remedy: 'write weights near these, or give the primary at least 3 pods',
    },
  ]);
});

it("refuses an autoscaler of the canary, and warns of the primary's", () => {
  const { problems, warnings } = shareFindings(plan, workloads(4, 'reviews-v1', 'reviews-v2'));
  expect(problems).toMatchObject([{ where: 'HorizontalPodAutoscaler demo/reviews-v2' }]);
  expect(warnings).toEqual([expect.stringContaining("changes the number of reviews-v1's pods")]);
});

it('has nothing to say of routes that split by percent, or are switched', () => {
  const nothing = { problems: [], warnings: [], facts: [] };
  expect(shareFindings(planFor('shop'), workloads(1))).toEqual(nothing);
  const switched = { ...plan, traffic: { ...plan.traffic, mode: 'switch' as const } };
  expect(shareFindings(switched, workloads(1, 'reviews-v2'))).toEqual(nothing);
});
