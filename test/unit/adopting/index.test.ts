import { describe, expect, it } from 'vitest';
import { CannotAdopt } from '../../../src/adopting/cannot-adopt.ts';
import type { AdoptionAsked, AdoptionFound } from '../../../src/adopting/found.ts';
import { adoptionOf, fromGit } from '../../../src/adopting/index.ts';
import type { AdoptStep } from '../../../src/adopting/steps.ts';
import type { Autoscaler } from '../../../src/kubernetes/objects/autoscalers.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { describeRef } from '../../../src/kubernetes/objects/refs.ts';
import { ASKED, found, httpRoute, running, service, serviceRoute, virtualService } from '../../support/adoption.ts';

const adopt = (changes: Partial<AdoptionFound> = {}, asked: Partial<AdoptionAsked> = {}) =>
  adoptionOf(found(changes), { ...ASKED, ...asked });

/** Labels of the pods of a Deployment that would be made, and what it selects. */
function madeLabels(step: AdoptStep | undefined) {
  const { template, selector } = (step as AdoptStep).object.spec as Deployment['spec'];
  return { pods: template.metadata?.labels, selects: selector.matchLabels };
}

function refusal(changes: Partial<AdoptionFound>, asked: Partial<AdoptionAsked> = {}) {
  try {
    adopt(changes, asked);
  } catch (error) {
    if (error instanceof CannotAdopt) return error.problem;
    throw error;
  }
  throw new Error('it was not refused');
}

function scaler(name: string, more: object = {}): Autoscaler {
  const scaleTargetRef = { kind: 'Deployment', name: 'shop' };
  return { metadata: { name, namespace: 'demo', ...more }, spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 6 } };
}

describe('a Deployment behind a Service', () => {
  it('gets a canary with another value of the label that its pods carry, and nothing else is touched', () => {
    const { steps, document, warnings } = adopt();
    expect(steps.map(({ ref }) => describeRef(ref))).toEqual(['Deployment demo/shop-canary', 'RolloutPlan demo/shop']);
    expect(steps.some(({ restarts }) => restarts)).toBe(false);
    expect(steps[0]?.object.spec).toMatchObject({ replicas: 0 });
    expect(madeLabels(steps[0])).toEqual({ pods: { app: 'shop-canary' }, selects: { app: 'shop-canary' } });
    expect(document.spec).toMatchObject({
      workload: { primary: 'shop', canary: 'shop-canary', canaryLabels: { app: 'shop-canary' } },
      events: [{ image: 'registry.example.com/shop' }],
      traffic: { routes: [{ kind: 'Service', name: 'shop' }] },
      shift: { weights: [100] },
      analysis: { checks: [{ builtin: 'podHealth' }] },
    });
    expect(warnings).toEqual([]);
  });

  it('narrows a Service that would lead to both to the label that only the primary has', () => {
    const { steps } = adopt({ deployment: running({ app: 'shop', version: 'v1' }, { version: 'v1' }) });
    expect(steps[0]).toMatchObject({
      ref: { kind: 'Service', name: 'shop' },
      adds: { path: '/spec/selector', labels: { version: 'v1' } },
      done: false,
    });
    expect(madeLabels(steps[1]).selects).toEqual({ version: 'canary' });
  });

  it('with mode: pods and a label that says which one, restarts nothing', () => {
    const labels = { app: 'shop', version: 'v1' };
    const { steps, document } = adopt(
      { deployment: running(labels), services: [service('shop', labels)] },
      { mode: 'pods' },
    );
    expect(steps.map(({ restarts }) => restarts)).toEqual([undefined, undefined]);
    expect(document.spec).toMatchObject({ traffic: { mode: 'pods' }, shift: { weights: [50, 100] } });
  });

  it('with mode: pods and no such label, says which pods restart and why, before the Service asks for it', () => {
    const { steps } = adopt({}, { mode: 'pods' });
    expect(steps.map(({ ref }) => ref.kind)).toEqual(['Deployment', 'Service', 'Deployment', 'RolloutPlan']);
    expect(steps[0]).toMatchObject({
      restarts: 'all pods of Deployment demo/shop: they lack sluice.dev/service=shop',
      adds: { path: '/spec/template/metadata/labels', labels: { 'sluice.dev/service': 'shop' } },
    });
    expect(madeLabels(steps[2]).pods).toEqual({
      app: 'shop-canary',
      'sluice.dev/service': 'shop',
    });
  });
});

describe('behind a route', () => {
  it('of the Gateway API the canary has a Service of its own, which rollouts make', () => {
    const { document, steps } = adopt({
      routes: [httpRoute({ name: 'shop', port: 9080 }, { name: 'other', port: 1 })],
    });
    expect(steps).toHaveLength(2);
    expect(document.spec).toMatchObject({
      traffic: {
        primary: { service: 'shop', namespace: 'demo', port: 9080 },
        canary: { service: 'shop-canary', namespace: 'demo', port: 9080 },
        create: true,
      },
    });
  });

  it('of Istio it has a host of its own, or a subset beside that of the primary', () => {
    expect(adopt({ routes: [virtualService({ host: 'shop.demo.svc.cluster.local' })] }).document.spec).toMatchObject({
      traffic: { canary: { host: 'shop-canary.demo.svc.cluster.local' } },
    });
    const subsets = [{ name: 'v1', labels: { version: 'v1' } }];
    const { document, steps } = adopt({
      deployment: running({ app: 'shop', version: 'v1' }),
      routes: [virtualService({ host: 'shop', subset: 'v1' })],
      subsetRules: [{ metadata: { name: 'shop', namespace: 'demo' }, spec: { host: 'shop', subsets } }],
    });
    expect(steps.map(({ ref }) => ref.kind)).toEqual(['Deployment', 'RolloutPlan']);
    expect(document.spec).toMatchObject({
      workload: { canaryLabels: { version: 'canary' } },
      traffic: { primary: { host: 'shop', subset: 'v1' }, canary: { host: 'shop', subset: 'canary' } },
    });
  });

  it('has the autoscaler with its bounds, and the metrics that were found', () => {
    const metrics = { prometheus: 'http://prometheus:9090', series: { kind: 'istio' } };
    const { plan } = adopt(
      { autoscalers: [scaler('shop')], routes: [httpRoute({ name: 'shop', port: 9080 })] },
      { metrics },
    );
    expect(plan.scale).toMatchObject({
      canary: { autoscaler: { min: 1, max: 6 } },
      primary: { autoscaler: { min: 2, max: 6 } },
    });
    expect(plan.analysis).toMatchObject({
      prometheus: 'http://prometheus:9090',
      checks: [{ builtin: 'requestSuccessRate', min: 99 }],
    });
  });
});

describe('what forbids it', () => {
  it.each([
    ['two Services', { services: [service(), service('other')] }, '2 Services select its pods: shop, other'],
    ['no Service', { services: [] }, 'no Service with a cluster IP selects its pods'],
    [
      'a selector that would select the canary too',
      { deployment: { ...running(), spec: { ...running().spec, selector: { matchExpressions: [] } } } },
      'its selector names no label with a value',
    ],
    [
      'an expression that any value meets',
      {
        deployment: {
          ...running({ app: 'shop' }, {}),
          spec: {
            ...running().spec,
            selector: { matchLabels: {}, matchExpressions: [{ key: 'app', operator: 'Exists' }] },
          },
        },
      },
      'its selector names no label with a value',
    ],
    ['two autoscalers', { autoscalers: [scaler('a'), scaler('b')] }, 'several autoscalers scale it: a, b'],
    [
      'an autoscaler of KEDA',
      { autoscalers: [scaler('a', { labels: { 'scaledobject.keda.sh/name': 'shop' } })] },
      "belongs to KEDA's ScaledObject demo/shop",
    ],
    ['a route to others', { routes: [httpRoute({ name: 'menu', port: 1 })] }, 'but to menu.demo.svc:1'],
    [
      'a route with two ways to it',
      { routes: [httpRoute({ name: 'shop', port: 1 }, { name: 'shop', port: 2 })] },
      'its users come on several ways',
    ],
    ['a Service of others as route', { routes: [serviceRoute(service('menu', { app: 'menu' }))] }, 'does not select'],
    ['a canary of others', { canary: { ...running(), metadata: { name: 'shop-canary' } } }, 'it is there already'],
    ['a plan of others', { plan: { metadata: { name: 'shop' } } }, 'it is there already'],
    ['nobody who is ready', { deployment: { ...running(), status: {} } }, 'none of its 2 pods is ready'],
  ] as [string, Partial<AdoptionFound>, string][])('%s', (_, changes, sentence) => {
    const { problem, remedy } = refusal(changes);
    expect(problem).toContain(sentence);
    expect(remedy).not.toBe('');
  });

  it('pods that are all replaced at once, where they must restart', () => {
    const deployment = running();
    deployment.spec.strategy = { type: 'Recreate' };
    expect(refusal({ deployment }, { mode: 'pods' }).problem).toContain('nobody would be served');
    expect(adopt({ deployment }).steps).toHaveLength(2);
  });
});

describe('owners', () => {
  it('of what is added are named, with the place', () => {
    const selector = { app: 'shop' };
    const owned = service('shop', selector);
    owned.metadata.labels = {
      'kustomize.toolkit.fluxcd.io/name': 'shop',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux',
    };
    const deployment = running({ app: 'shop', version: 'v1' }, { version: 'v1' });
    const { steps, warnings } = adopt({ services: [owned], deployment });
    expect(steps.flatMap(fromGit)).toEqual([
      'Service demo/shop: Kustomization flux/shop takes back what is added to spec.selector',
    ]);
    expect(warnings.join()).toContain('Kustomization flux/shop');
  });

  it('of the Deployment by its field managers, with the rule that lets both live', () => {
    const deployment = running();
    deployment.metadata.managedFields = [{ manager: 'argocd-controller' }];
    const { warnings } = adopt({ deployment });
    expect(warnings.join()).toMatch(
      /Argo CD's Application takes back what a rollout writes, unless it has spec\.ignore/,
    );
  });
});

it('calling again finds what is so already, and goes on', () => {
  const first = adopt({ deployment: running({ app: 'shop', version: 'v1' }, { version: 'v1' }) });
  const [narrowed, canary, plan] = first.steps.map(({ object }) => object);
  const noted = {
    ...narrowed,
    metadata: { ...narrowed?.metadata, annotations: { 'sluice.dev/adopted': 'demo/shop version' } },
  };
  const { steps } = adopt({
    deployment: running({ app: 'shop', version: 'v1' }, { version: 'v1' }),
    services: [noted as ReturnType<typeof service>],
    canary: canary as Deployment,
    ...(plan && { plan }),
  });
  expect(steps.every(({ done }) => done)).toBe(true);
});
