/** Hosts as routes say them: a name without dots belongs to the namespace of the object that says it. Pure. */
import type { Side } from '../../contract/activities.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { ServiceName } from '../contract.ts';

/**
 * The Kubernetes Service that a host means; undefined for hosts outside Kubernetes.
 * Short names: istio.io/docs/reference/config/networking/virtual-service, "Destination.host".
 */
export function serviceOf(host: string, namespace: string): ServiceName | undefined {
  if (host === '' || host.includes('*')) return undefined;
  if (!host.includes('.')) return { name: host.toLowerCase(), namespace };
  const [name, ns, kind] = host.toLowerCase().split('.');
  return name && ns && kind === 'svc' ? { name, namespace: ns } : undefined;
}

/** `reviews` in demo and `reviews.demo.svc.cluster.local` anywhere are the same host. */
export function sameHost(a: string, aNamespace: string, b: string, bNamespace: string): boolean {
  const left = serviceOf(a, aNamespace);
  const right = serviceOf(b, bNamespace);
  if (left && right) return left.name === right.name && left.namespace === right.namespace;
  return !left && !right && a.toLowerCase() === b.toLowerCase();
}

/** Whether a host of a rule, possibly a wildcard such as `*.demo.svc.cluster.local`, covers a Service. @param domain of the mesh */
export function coversService(host: string, namespace: string, service: ServiceName, domain: string): boolean {
  const named = serviceOf(host, namespace);
  if (named) return named.name === service.name && named.namespace === service.namespace;
  if (host === '*') return true;
  return host.startsWith('*.') && `${service.name}.${service.namespace}.svc.${domain}`.endsWith(host.slice(1));
}

/** Whether a host, possibly a wildcard, covers another. */
export function coversHost(host: string, wanted: string): boolean {
  const [all, one] = [host.toLowerCase(), wanted.toLowerCase()];
  return all === one || (all.startsWith('*.') && one.endsWith(all.slice(1)));
}

/** Where the short hosts of a plan are read. */
export function routeNamespace({ traffic, namespace }: TargetPlan): string {
  return traffic.routes[0]?.namespace ?? namespace;
}

/** The Service of a side; undefined for a host outside Kubernetes. */
export function serviceOfSide(plan: TargetPlan, side: Side): ServiceName | undefined {
  return serviceOf(plan.traffic[side].host, routeNamespace(plan));
}

/** The Services of the two sides, as far as they are any. */
export function servicesOf(plan: TargetPlan): ServiceName[] {
  return (['primary', 'canary'] as const).flatMap((side) => serviceOfSide(plan, side) ?? []);
}
