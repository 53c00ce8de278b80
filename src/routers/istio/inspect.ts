/** Reads what a preflight over VirtualServices needs besides them, and puts its findings together. */
import type { Problem } from '../../contract/offer.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import type { Findings, PodLabels, ResolvedRoute } from '../contract.ts';
import { serviceOfSide } from '../shared/host.ts';
import { joined, readServices } from '../shared/services.ts';
import { destinationFindings } from './destinations-check.ts';
import { governance } from './governance.ts';
import { readDestinationRules } from './read.ts';

export async function inspect(client: KubeClient, routes: ResolvedRoute[], labels: PodLabels): Promise<Findings> {
  const [{ plan, ref }] = routes as [ResolvedRoute];
  const [services, destinationRules] = await Promise.all([
    readServices(
      client,
      (['primary', 'canary'] as const).flatMap((side) => serviceOfSide(plan, side) ?? []),
    ),
    readDestinationRules(client, plan, ref.apiVersion),
  ]);
  const facts = { plan, labels, routes, services, destinationRules };
  return joined([{ problems: hostProblems(routes), warnings: [] }, destinationFindings(facts), governance(facts)]);
}

/** Hosts without dots that mean another Service in each route's namespace. */
function hostProblems(routes: ResolvedRoute[]): Problem[] {
  const [{ plan }] = routes as [ResolvedRoute];
  const places = [...new Set(routes.map(({ route }) => route.namespace))];
  if (places.length < 2) return [];
  return (['primary', 'canary'] as const)
    .filter((side) => !plan.traffic[side].host.includes('.'))
    .map((side) => {
      const { host } = plan.traffic[side];
      const meant = places.map((place) => `${host}.${place}.svc.cluster.local`);
      return {
        where: `spec.traffic.${side}.host`,
        problem: `"${host}" is read in the namespace of each route, so it means several Services (${meant.join(', ')})`,
        remedy: `write it fully qualified: ${host}.${plan.namespace}.svc.cluster.local`,
      };
    });
}
