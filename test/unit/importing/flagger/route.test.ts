import { describe, expect, it } from 'vitest';
import { findMistakes, importObjects, readObjects } from '../../../../src/importing/index.ts';

const options = { namespace: 'default' };

/** A Canary with these fields of its spec, and hooks that make load at these addresses. */
function canary(spec: string, ...addresses: string[]) {
  const hooks = addresses.map((to, index) => `{ name: l${index}, metadata: { cmd: "hey -z 1m -q 2 -c 1 ${to}" } }`);
  const text = `{ apiVersion: flagger.app/v1beta1, kind: Canary, metadata: { name: shop, namespace: demo, annotations: {} }, spec: { targetRef: { apiVersion: apps/v1, kind: Deployment, name: shop }, ${spec}, analysis: { interval: 30s, threshold: 2, stepWeight: 50, webhooks: [${hooks}] } } }`;
  return readObjects(text, 'a.yaml').objects;
}

function imported(spec: string) {
  const [one] = importObjects(canary(spec), options);
  if (!one) throw new Error('nothing imported');
  const { routes } = (one.plan?.spec as { traffic: { routes: object[] } } | undefined)?.traffic ?? {};
  return { ...one, routes };
}

describe('a provider that nobody wrote', () => {
  it.each([
    ['service: { port: 80, gateways: [mesh] }', [{ kind: 'VirtualService', name: 'shop' }]],
    ['service: { port: 80, gatewayRefs: [{ name: g }] }', [{ kind: 'HTTPRoute', name: 'shop' }]],
    ['service: { port: 80 }, ingressRef: { kind: Ingress, name: front }', [{ kind: 'HTTPRoute', name: 'front' }]],
    ['service: { port: 80 }', [{ kind: 'VirtualService', name: 'shop' }]],
  ])('is told by %s', (spec, routes) => {
    expect(imported(spec).routes).toEqual(routes);
    expect(findMistakes(canary(spec), options)).toEqual([]);
  });

  it.each([
    ['service: { port: 80, meshName: all }', 'appmesh is no router'],
    ['service: { port: 80 }, upstreamRef: { kind: Upstream, name: u }', 'gloo is no router'],
  ])('is refused where it is none of a plan: %s', (spec, message) => {
    expect(imported(spec).refusals).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });
});

it('an Ingress that lies elsewhere is named', () => {
  const { rows } = imported('provider: nginx, service: { port: 80 }, ingressRef: { kind: Ingress, name: front }');
  expect(rows).toContainEqual(
    expect.objectContaining({ path: 'spec.ingressRef.name', note: expect.stringContaining('not in the files') }),
  );
});

it('a delegated VirtualService has no hosts and no gateways', () => {
  const { companions } = imported('provider: istio, service: { port: 80, delegation: true }');
  const made = companions.find(({ kind }) => kind === 'VirtualService');
  expect(Object.keys(made?.spec as object)).toEqual(['http']);
});

it('a pair that KEDA scales is imported without bounds, and that is said', () => {
  const { plan, rows } = imported(
    'provider: istio, service: { port: 80 }, autoscalerRef: { apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: shop }',
  );
  expect(plan?.spec).not.toHaveProperty('scale');
  expect(rows).toContainEqual(
    expect.objectContaining({ path: 'spec.autoscalerRef', note: expect.stringContaining('pause the ScaledObject') }),
  );
});

describe('load at the Service of the users', () => {
  const mistakes = (service: string) =>
    findMistakes(canary(`provider: istio, service: { port: 80, ${service} }`, 'http://shop.demo/'), options);

  it('is split inside the mesh', () => {
    expect(mistakes('hosts: [a.example]')).toEqual([]);
    expect(mistakes('gateways: [front, mesh]')).toEqual([]);
  });

  it('meets the primary alone where the route is of a gateway', () => {
    expect(mistakes('gateways: [front]')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('it asks the primary') }),
    ]);
  });

  it('that names no namespace is that of the Canary, for whoever sends it', () => {
    const [one] = importObjects(canary('provider: istio, service: { port: 80 }', 'http://shop-canary:8080/'), options);
    expect(one?.plan?.spec).toMatchObject({ load: { during: { address: 'http://shop-canary.demo:8080' } } });
  });
});
