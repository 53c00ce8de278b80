/** Istio's VirtualServices, as raw JSON: what we do not know stays as it is. */
import type { Router } from '../contract.ts';
import { routeNamespace, sameHost } from '../shared/host.ts';
import { istioDestinations } from './destinations.ts';
import { inspect } from './inspect.ts';
import { istioMirror } from './mirror.ts';
import { istioRules } from './rules.ts';
import { problems } from './rules-check.ts';

export const istioRouter: Router = {
  kinds: {
    VirtualService: ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  },
  can: () => ({
    weights: true,
    mirror: 'percent',
    weightsWithMirror: true,
    headerMatch: true,
    affinity: true,
    observed: 'series',
    destination: 'host',
  }),
  read: (managed, wanted) => istioRules.read(managed, wanted),
  change: (managed, change) => istioRules.change(managed, change),
  problems,
  inspect,
  taken: () => ({ kind: 'unknown' }),
  namesCanary: ({ host, subset }, plan, namespace) => {
    const { canary } = plan.traffic;
    const sameSubset = (subset ?? '') === (canary.subset ?? '');
    return sameSubset && typeof host === 'string' && sameHost(host, namespace, canary.host, routeNamespace(plan));
  },
  destinations: istioDestinations,
  mirror: istioMirror,
};
