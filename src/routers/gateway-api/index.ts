/** HTTPRoutes and GRPCRoutes of the Gateway API, as raw JSON: what we do not know stays as it is. */
import type { Router } from '../contract.ts';
import { serviceOfSide } from '../shared/host.ts';
import { inspect } from './inspect.ts';
import { gatewayMirror } from './mirror.ts';
import { type BackendRef, type GatewayRoute, isBackend } from './objects.ts';
import { gatewayRules } from './rules.ts';
import { problems } from './rules-check.ts';
import { takenOf } from './status.ts';
import { gatewayWalker } from './walk.ts';

export const gatewayApiRouter: Router = {
  kinds: {
    HTTPRoute: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1'],
    GRPCRoute: ['gateway.networking.k8s.io/v1'],
  },
  can: (kind) => ({
    weights: 'exact',
    mirror: 'percent',
    headerMatch: true,
    // a gRPC client keeps no cookies
    affinity: kind === 'HTTPRoute',
    observed: 'status',
    destination: 'service',
  }),
  written: {
    list: '/spec/rules',
    // without the last mirror its list is empty, and Git has none
    parts: [
      '.spec.rules[].backendRefs[]?.weight',
      '.spec.rules[].filters[]?|select(.type=="RequestMirror")',
      '.spec.rules[].filters|select(.==[])',
    ],
  },
  read: (managed, wanted) => gatewayRules.read(managed, wanted),
  change: (managed, change) => gatewayRules.change(managed, change),
  problems,
  inspect,
  taken: takenOf,
  governs: ({ metadata, spec }: GatewayRoute, { name, namespace }) =>
    (spec?.parentRefs ?? []).some(
      (one) => one.kind === 'Service' && one.name === name && (one.namespace ?? metadata.namespace) === namespace,
    ),
  walker: gatewayWalker,
  namesCanary: (part, plan, namespace) => {
    const service = serviceOfSide(plan, 'canary');
    return part.port !== undefined && service !== undefined && isBackend(part as BackendRef, service, namespace);
  },
  mirror: gatewayMirror,
};
