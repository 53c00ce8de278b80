/** Where routes of the Gateway API lead, also of kinds that no plan steers. Pure. */
import type { WalkedTarget, Walker } from '../paths/walker.ts';
import type { BackendRef, GatewayRoute, RouteRule } from './objects.ts';

const GROUP = 'gateway.networking.k8s.io';
const EXPERIMENTAL = [`${GROUP}/v1`, `${GROUP}/v1alpha3`, `${GROUP}/v1alpha2`];

const kindOf = (kind: string, versions: string[]) => ({ kind, resource: `${kind.toLowerCase()}s`, versions });

export const gatewayWalker: Walker = {
  kinds: [
    kindOf('HTTPRoute', [`${GROUP}/v1`, `${GROUP}/v1beta1`]),
    ...['GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'].map((kind) => kindOf(kind, EXPERIMENTAL)),
  ],
  walk: ({ metadata, spec }: GatewayRoute) => {
    const { parentRefs = [], rules = [] } = spec ?? {};
    if (parentRefs.length === 0) return [];
    return rules.map((rule, index) => {
      return { list: 'rules', index, name: rule.name, targets: targetsOf(rule, metadata.namespace ?? '') };
    });
  },
};

function targetsOf({ backendRefs = [], filters = [] }: RouteRule, home: string): WalkedTarget[] {
  const all = [...filters, ...backendRefs.flatMap((one) => one.filters ?? [])];
  const copies = all.flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []);
  return [
    ...backendRefs.map((one) => ({ host: hostOf(one, home), weight: one.weight ?? 1 })),
    ...copies.map((one) => ({ host: hostOf(one, home), weight: 1, copies: true })),
  ];
}

/** Istio's `Hostname` names a host of the mesh; Services and ServiceImports are named. */
function hostOf({ kind, name, namespace = '' }: BackendRef, home: string): string {
  return kind === 'Hostname' ? name : `${name}.${namespace || home}.svc`;
}
