/** A shop under its users, as a cluster without and with a mesh has it. */
import type { AdoptionAsked, AdoptionFound, FoundRoute } from '../../src/adopting/found.ts';
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
