import { describe, expect, it } from 'vitest';
import { undoSteps } from '../../../src/adopting/undo.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { found, httpRoute, running, service } from '../../support/adoption.ts';

const adopted = { 'sluice.dev/adopted': 'demo/shop' };

function canary(replicas = 0, annotations: Record<string, string> = adopted): Deployment {
  const { spec, ...rest } = running({ app: 'shop-canary' });
  return {
    ...rest,
    metadata: { ...rest.metadata, name: 'shop-canary', annotations },
    spec: { ...spec, replicas },
    status: {},
  };
}

const plan = (status: object = {}) => ({ metadata: { name: 'shop', namespace: 'demo', annotations: adopted }, status });

function narrowed(annotations: Record<string, string> = {}) {
  const one = service('shop', { app: 'shop', version: 'v1' });
  one.metadata.annotations = { 'sluice.dev/adopted': 'demo/shop version', ...annotations };
  return one;
}

describe('what is taken back', () => {
  it('is the plan first, then the canary and the labels that were added', () => {
    const steps = undoSteps(found({ canary: canary(), plan: plan(), services: [narrowed()] }));
    expect(steps.map(({ does }) => does)).toEqual([
      'remove RolloutPlan demo/shop',
      'remove Deployment demo/shop-canary',
      'take version out of the selector of Service demo/shop',
    ]);
    expect(steps.at(-1)?.removes).toEqual(['version']);
  });

  it('is nothing of others', () => {
    const others = { 'sluice.dev/adopted': 'demo/menu version' };
    expect(undoSteps(found({ canary: canary(0, {}), plan: { metadata: { name: 'shop' } } }))).toEqual([]);
    expect(undoSteps(found({ canary: canary(0, others), services: [narrowed(others)] }))).toEqual([]);
  });
});

describe('while a rollout runs nothing is', () => {
  const reconciling = { conditions: [{ type: 'Reconciling', status: 'True' }], rollout: 'shop-3' };
  const away = httpRoute({ name: 'shop' });
  away.object.metadata.annotations = { 'sluice.dev/rollout': 'shop-3' };
  it.each([
    ['the plan says so', { plan: plan(reconciling) }, 'rollout shop-3 runs'],
    ['the canary has pods', { canary: canary(1) }, 'it has 1 replicas'],
    ['a route leads to it', { routes: [away] }, 'it leads users to the canary'],
    ['a Service does', { services: [narrowed({ 'sluice.dev/share': '{}' })] }, 'it leads users to the canary'],
  ])('%s', (_, changes, sentence) => {
    expect(() => undoSteps(found(changes))).toThrow(sentence);
  });
});
