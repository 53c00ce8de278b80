/** A shop under its users, as a cluster without and with a mesh has it. */
import { controllerRef } from '../../src/adopting/controlled.ts';
import type {
  AdoptionAsked,
  AdoptionFound,
  ControlledFound,
  ControllerKind,
  FoundObject,
  FoundRoute,
} from '../../src/adopting/found.ts';
import type { KubeObject } from '../../src/kubernetes/client/client.ts';
import type { Deployment } from '../../src/kubernetes/objects/deployments.ts';
import type { Service } from '../../src/kubernetes/objects/services.ts';
import type { Labels } from '../../src/routers/contract.ts';

export const ASKED: AdoptionAsked = { mode: 'switch', source: 'event' };

export function running(labels: Labels = { app: 'shop' }, selector = labels): Deployment {
  const container = { name: 'shop', image: 'registry.example.com/shop:v1' };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
    metadata: { name: 'shop', namespace: 'demo', uid: 'd', resourceVersion: '7', generation: 1 },
    spec: {
      replicas: 2,
      selector: { matchLabels: selector },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
    status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
  };
}

export function service(name = 'shop', selector: Labels = { app: 'shop' }, more: object = {}): Service {
  const metadata = { name, namespace: 'demo', uid: name, resourceVersion: '3' };
  return { metadata, spec: { selector, ports: [{ port: 9080 }], clusterIP: '10.0.0.7', ...more } };
}

export function found(changes: Partial<AdoptionFound> = {}): AdoptionFound {
  return { deployment: running(), services: [service()], autoscalers: [], subsetRules: [], routes: [], ...changes };
}

export function httpRoute(...backends: { name: string; port?: number }[]): FoundRoute {
  return routeOf('HTTPRoute', 'gateway.networking.k8s.io/v1', { rules: [{ backendRefs: backends }] });
}

export function virtualService(...destinations: { host: string; subset?: string }[]): FoundRoute {
  const http = [{ route: destinations.map((destination) => ({ destination })) }];
  return routeOf('VirtualService', 'networking.istio.io/v1', { hosts: ['shop'], http });
}

export function serviceRoute(object: Service): FoundRoute {
  return { ...routeOf('Service', 'v1', object.spec, object.metadata.name), object };
}

function routeOf(kind: string, apiVersion: string, spec: unknown, name = 'shop'): FoundRoute {
  const object: KubeObject = { apiVersion, kind, metadata: { name, namespace: 'demo' }, spec };
  const ref = { apiVersion, kind, resource: `${kind.toLowerCase()}s`, namespace: 'demo', name };
  return { route: { kind, name, namespace: 'demo' }, ref, object };
}

/** As a list of the cluster has it, with what it is. */
export function around(...objects: KubeObject[]): FoundObject[] {
  return objects.map((object) => {
    const { apiVersion = 'v1', kind = 'Service', metadata } = object;
    const resource = `${kind.toLowerCase()}s`;
    const typed = { ...object, apiVersion, kind };
    return { ref: { apiVersion, kind, resource, namespace: 'demo', name: metadata.name }, object: typed };
  });
}

export function controlled(kind: ControllerKind, controller: KubeObject, ...objects: KubeObject[]): ControlledFound {
  const ref = controllerRef(kind, { namespace: 'demo', name: controller.metadata.name });
  return { kind, ref, controller, around: around(...objects) };
}

/** Flagger's, of Istio, at rest. */
export function canaryObject(spec: object = {}, phase = 'Succeeded'): KubeObject {
  return {
    ...{ apiVersion: 'flagger.app/v1beta1', kind: 'Canary' },
    metadata: { name: 'shop', namespace: 'demo', uid: 'canary', resourceVersion: '5' },
    spec: {
      provider: 'istio',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
      service: { port: 9080 },
      analysis: { interval: '1m', threshold: 5, stepWeight: 50, maxWeight: 100 },
      ...spec,
    },
    status: { phase },
  };
}

/** With Argo's hash in it. */
export function rolloutObject(strategy: object, changes: { spec?: object; status?: object } = {}): KubeObject {
  const { template } = running().spec;
  return {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
    metadata: { name: 'shop', namespace: 'demo', uid: 'rollout', resourceVersion: '5' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'shop' } }, template, strategy, ...changes.spec },
    status: { stableRS: 'abc', currentPodHash: 'abc', availableReplicas: 2, ...changes.status },
  };
}

export function owned<T extends KubeObject>(object: T, uid: string): T {
  const owner = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'shop', uid, controller: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}
