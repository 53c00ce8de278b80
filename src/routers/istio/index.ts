/** Istio's VirtualServices, as raw JSON: what we do not know stays as it is. */
import type { Router } from '../contract.ts';
import { coversService, routeNamespace, sameHost } from '../shared/host.ts';
import { istioDestinations } from './destinations.ts';
import { inspect } from './inspect.ts';
import { istioMirror } from './mirror.ts';
import type { VirtualService } from './objects.ts';
import { VERSIONS } from './read.ts';
import { istioRules } from './rules.ts';
import { problems } from './rules-check.ts';
import { istioWalker, rootsOf } from './walk.ts';

export const istioRouter: Router = {
  kinds: { VirtualService: VERSIONS },
  can: () => ({
    weights: 'exact',
    mirror: 'percent',
    headerMatch: true,
    affinity: true,
    observed: 'series',
    destination: 'host',
  }),
  written: {
    list: '/spec/http',
    parts: ['.spec.http[].route[]?.weight', '.spec.http[].mirror', '.spec.http[].mirrorPercentage'],
  },
  read: (managed, wanted) => istioRules.read(managed, wanted),
  change: (managed, change) => istioRules.change(managed, change),
  problems,
  inspect,
  taken: () => ({ kind: 'unknown' }),
  // an absent list of gateways means "mesh"
  governs: ({ metadata, spec }: VirtualService, service, domain) => {
    const { gateways = [], hosts = [] } = spec ?? {};
    const bound = gateways.length === 0 || gateways.includes('mesh');
    return bound && hosts.some((host) => coversService(host, metadata.namespace ?? '', service, domain));
  },
  rootsOf,
  walker: istioWalker,
  namesCanary: ({ host, subset }, plan, namespace) => {
    const { canary } = plan.traffic;
    const sameSubset = (subset ?? '') === (canary.subset ?? '');
    return sameSubset && typeof host === 'string' && sameHost(host, namespace, canary.host, routeNamespace(plan));
  },
  destinations: istioDestinations,
  mirror: istioMirror,
};
