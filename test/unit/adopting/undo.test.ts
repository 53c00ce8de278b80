import { describe, expect, it } from 'vitest';
import type { AdoptionFound } from '../../../src/adopting/found.ts';
import { type AdoptedPlan, type UndoFound, undoSteps } from '../../../src/adopting/undo.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import {
  around,
  canaryObject,
  found as foundOf,
  httpRoute,
  owned,
  rolloutObject,
  running,
  service,
} from '../../support/adoption.ts';

const found = (changes: Partial<AdoptionFound>): UndoFound => {
  const { deployment, services, canary: other, routes, plan: document } = foundOf(changes);
  const all = around(deployment, ...services, ...(other ? [other] : []));
  return { namespace: 'demo', name: 'shop', plan: document as AdoptedPlan, around: [...all, ...routes] };
};

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
      'take version out of the selector of Service demo/shop',
      'remove Deployment demo/shop-canary',
    ]);
    expect(steps[1]?.operations).toEqual([{ op: 'remove', path: '/spec/selector/version' }]);
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

const noted = <T extends KubeObject>(object: T, keys = ''): T => ({
  ...object,
  metadata: { ...object.metadata, annotations: { 'sluice.dev/adopted': `demo/shop${keys && ` ${keys}`}` } },
});

describe("of Flagger's pair", () => {
  const primary = { ...running({ app: 'shop-primary' }), metadata: { name: 'shop-primary', namespace: 'demo' } };
  const freed = [noted(primary, 'ownerReferences'), noted(service('shop-primary'), 'ownerReferences')];
  const held = noted(canaryObject({ suspend: true }), 'suspend');
  const undo = (...objects: KubeObject[]) =>
    undoSteps({ namespace: 'demo', name: 'shop', plan: plan(), around: around(...objects) });

  it('the Canary is the owner again, before Flagger goes on', () => {
    const steps = undo(...freed, held);
    expect(steps.map(({ does }) => does)).toEqual([
      'remove RolloutPlan demo/shop',
      'give Service demo/shop-primary back to Canary demo/shop',
      'give Deployment demo/shop-primary back to Canary demo/shop',
      'take suspend out of the spec of Canary demo/shop',
    ]);
    expect(steps[1]?.operations).toMatchObject([
      { path: '/metadata/ownerReferences', value: [{ kind: 'Canary', name: 'shop', uid: 'canary', controller: true }] },
    ]);
  });

  it('of a Canary that is gone nothing is owned, or it would go too', () => {
    for (const there of [[], [{ ...held, metadata: { ...held.metadata, deletionTimestamp: 'now' } }]]) {
      const steps = undo(...freed, ...there).slice(1, 3);
      expect(steps.map(({ does, operations }) => [does, operations])).toEqual([
        ['forget Service demo/shop-primary', []],
        ['forget Deployment demo/shop-primary', []],
      ]);
    }
  });

  it('what it owns still is not owned twice', () => {
    const [, service] = freed;
    expect(undo(owned(service as KubeObject, 'canary'), held)[1]?.operations).toEqual([]);
  });
});

describe('of a Rollout', () => {
  const made = noted(running({ app: 'shop', 'sluice-arm': 'primary' }));
  const users = noted(service('shop', { app: 'shop', 'sluice-arm': 'primary' }), 'sluice-arm');
  const undo = (rollout?: KubeObject) => {
    const objects = [made, users, ...(rollout ? [noted(rollout, 'paused')] : [])];
    return undoSteps({ namespace: 'demo', name: 'shop', plan: plan(), around: around(...objects) });
  };

  it('users are led back before the Deployment goes, and Argo goes on last', () => {
    const steps = undo(rolloutObject({}, { spec: { paused: true } }));
    expect(steps.map(({ does }) => does)).toEqual([
      'remove RolloutPlan demo/shop',
      'take sluice-arm out of the selector of Service demo/shop',
      'remove Deployment demo/shop',
      'take paused out of the spec of Rollout demo/shop',
    ]);
  });

  it.each([
    ['gone', undefined],
    ['scaled to zero', rolloutObject({}, { spec: { replicas: 0 }, status: { availableReplicas: 0 } })],
    ['without its pods', rolloutObject({}, { status: { availableReplicas: 1 } })],
  ])('%s, it is not, as users would have nobody', (_, rollout) => {
    expect(() => undo(rollout)).toThrow('users would have nobody');
  });
});
