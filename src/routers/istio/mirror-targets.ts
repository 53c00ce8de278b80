/** Whom an http rule can mirror to besides Services: their subsets, and hosts of ServiceEntries. Reads only. */
import type { Problem } from '../../contract/offer.ts';
import type { Destination } from '../../contract/plan.ts';
import { unless } from '../../kubernetes/client/errors.ts';
import type { MirrorTargets } from '../contract.ts';
import { domainOf } from '../shared/domain.ts';
import { coversHost, coversService } from '../shared/host.ts';
import { listAll } from '../shared/list.ts';
import type { DestinationRule, ServiceEntry } from './objects.ts';
import { destinationRuleRef, ROOT_NAMESPACE, SERVICE_ENTRIES } from './read.ts';

export const istioTargets: MirrorTargets = {
  async subset(client, { apiVersion, namespace = '' }, to, service) {
    const places = [...new Set([namespace, service.namespace, ROOT_NAMESPACE])];
    const rules = await Promise.all(
      places.map((place) => unless('forbidden', client.list<DestinationRule>(destinationRuleRef(apiVersion, place)))),
    );
    const found = rules
      .flatMap((one) => one ?? [])
      .filter(({ spec, metadata }, _, all) =>
        coversService(spec?.host ?? '', metadata.namespace ?? '', service, domainOf(...all)),
      )
      .flatMap(({ spec }) => spec?.subsets ?? [])
      .find(({ name }) => name === to.subset);
    if (found) return { problems: [], labels: found.labels ?? {} };
    const problem = `no DestinationRule defines the subset "${to.subset}" of ${to.host}`;
    return { problems: [{ where: 'to', problem, remedy: 'add the subset, or correct the name' }] };
  },

  async outside(client, ref, to) {
    const { namespace = '' } = ref;
    // where the whole cluster may not be read, the two places where the entry has to be for this route
    const { objects } = await listAll<ServiceEntry>(client, SERVICE_ENTRIES, [namespace, ROOT_NAMESPACE]);
    const entry = objects.find((one) => covers(one, to.host, namespace));
    return entry ? portProblem(entry, to) : unknown(to.host);
  },
};

function unknown(host: string): Problem {
  const problem = `${host} is neither a Service nor the host of a ServiceEntry, so the mesh cannot be relied on to reach it`;
  const remedy = 'create a ServiceEntry for that host (always needed with outboundTrafficPolicy REGISTRY_ONLY)';
  return { where: 'to', problem, remedy };
}

function portProblem({ spec, metadata }: ServiceEntry, { host, port }: Destination): Problem | undefined {
  const ports = (spec?.ports ?? []).map(({ number }) => number);
  if (port !== undefined || ports.length <= 1) return undefined;
  const problem = `ServiceEntry ${metadata.namespace}/${metadata.name} has several ports: ${ports.join(', ')}`;
  return { where: 'to', problem, remedy: `say which: ${host}:${ports[0]}` };
}

function covers({ spec, metadata }: ServiceEntry, host: string, namespace: string): boolean {
  const exportTo = spec?.exportTo ?? [];
  if (metadata.namespace !== namespace && exportTo.length > 0 && exportTo.every((one) => one === '.')) return false;
  return (spec?.hosts ?? []).some((one) => coversHost(one, host));
}
