/** Reads what a preflight over VirtualServices needs besides them, and puts its findings together. */
import type { Problem } from '../../contract/offer.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import type { Findings, PodLabels, ResolvedRoute } from '../contract.ts';
import { domainOf } from '../shared/domain.ts';
import { servicesOf } from '../shared/host.ts';
import { joined, readServices } from '../shared/services.ts';
import { destinationFindings } from './destinations-check.ts';
import { readDestinationRules } from './read.ts';

export async function inspect(client: KubeClient, routes: ResolvedRoute[], labels: PodLabels): Promise<Findings> {
  const [{ plan, ref }] = routes as [ResolvedRoute];
  const [services, destinationRules] = await Promise.all([
    readServices(client, servicesOf(plan)),
    readDestinationRules(client, plan, ref.apiVersion),
  ]);
  const domain = domainOf(...routes.map(({ object }) => object), ...destinationRules);
  const facts = { plan, labels, routes, services, destinationRules, domain };
  return joined([{ problems: hostProblems(routes), warnings: [] }, destinationFindings(facts)]);
}

/** Hosts without dots that mean another Service in each route's namespace. */
function hostProblems(routes: ResolvedRoute[]): Problem[] {
  const [{ plan }] = routes as [ResolvedRoute];
  const places = [...new Set(routes.map(({ route }) => route.namespace))];
  if (places.length < 2) return [];
  const domain = domainOf(...routes.map(({ object }) => object));
  return (['primary', 'canary'] as const)
    .filter((side) => !plan.traffic[side].host.includes('.'))
    .map((side) => {
      const { host } = plan.traffic[side];
      const meant = places.map((place) => `${host}.${place}.svc.${domain}`);
      return {
        where: `spec.traffic.${side}.host`,
        problem: `"${host}" is read in the namespace of each route, so it means several Services (${meant.join(', ')})`,
        remedy: `write it fully qualified: ${host}.${plan.namespace}.svc.${domain}`,
      };
    });
}
