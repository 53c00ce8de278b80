/** Whom an http rule can mirror to besides Services: their subsets, and hosts of ServiceEntries. Reads only. */
import type { Problem } from '../../contract/offer.ts';
import type { Destination } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import type { MirrorTargets } from '../contract.ts';
import { coversService } from '../shared/host.ts';
import type { DestinationRule } from './objects.ts';
import { allowed, destinationRuleRef, ROOT_NAMESPACE } from './read.ts';

interface ServiceEntry extends KubeObject {
  spec?: { hosts?: string[]; ports?: { number: number }[]; exportTo?: string[] };
}

export const istioTargets: MirrorTargets = {
  async subset(client, { apiVersion, namespace = '' }, to, service) {
    const places = [...new Set([namespace, service.namespace, ROOT_NAMESPACE])];
    const rules = await Promise.all(
      places.map((place) => allowed(client.list<DestinationRule>(destinationRuleRef(apiVersion, place)))),
    );
    const found = rules
      .flat()
      .filter(({ spec, metadata }) => coversService(spec?.host ?? '', metadata.namespace ?? '', service))
      .flatMap(({ spec }) => spec?.subsets ?? [])
      .find(({ name }) => name === to.subset);
    if (found) return { problems: [], labels: found.labels ?? {} };
    const problem = `no DestinationRule defines the subset "${to.subset}" of ${to.host}`;
    return { problems: [{ where: 'to', problem, remedy: 'add the subset, or correct the name' }] };
  },

  async outside(client, ref, to) {
    const entries = await listEntries(client, ref);
    const entry = entries.find((one) => covers(one, to.host, ref.namespace ?? ''));
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
  const wanted = host.toLowerCase();
  return (spec?.hosts ?? []).some(
    (one) => one.toLowerCase() === wanted || (one.startsWith('*.') && wanted.endsWith(one.slice(1).toLowerCase())),
  );
}

/** The whole cluster where that is allowed, otherwise the two places where the entry has to be for this route. */
async function listEntries(client: KubeClient, { apiVersion, namespace = '' }: Ref): Promise<ServiceEntry[]> {
  const kind = { apiVersion, resource: 'serviceentries', kind: 'ServiceEntry' };
  try {
    return await client.list<ServiceEntry>(kind);
  } catch (error) {
    if (!(error instanceof ClusterError && error.reason === 'forbidden')) throw error;
  }
  const places = [...new Set([namespace, ROOT_NAMESPACE])];
  const all = places.map((place) => allowed(client.list<ServiceEntry>({ ...kind, namespace: place })));
  return (await Promise.all(all)).flat();
}
