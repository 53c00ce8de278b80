/** The Services behind the two sides, and whether their labels tell them apart. */
import type { Side } from '../../contract/activities.ts';
import type { Problem } from '../../contract/offer.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { serviceRef } from '../../kubernetes/objects/refs.ts';
import type { Service } from '../../kubernetes/objects/services.ts';
import type { Findings, Labels, PodLabels, ServiceName } from '../contract.ts';

/** Those that exist, each once. */
export async function readServices(client: KubeClient, names: ServiceName[]): Promise<Service[]> {
  const different = new Map(names.map((one) => [`${one.namespace}/${one.name}`, one]));
  const found = await Promise.all(
    [...different.values()].map(({ namespace, name }) => client.get<Service>(serviceRef(namespace, name))),
  );
  return found.filter((service) => service !== undefined);
}

export function findService(services: Service[], { name, namespace }: ServiceName): Service | undefined {
  return services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
}

/** A selector without labels selects nothing here: Kubernetes gives such a Service no endpoints. */
export function selects(selector: Labels, labels: Labels): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** What is wrong with whom a side's destination selects. @param name of the destination, in words */
export function selectorProblems(
  side: Side,
  name: string,
  selector: Labels,
  plan: TargetPlan,
  labels: PodLabels,
): Problem[] {
  const where = `spec.traffic.${side}`;
  const pods = { primary: labels.primaryPodLabels, canary: labels.canaryPodLabels };
  const other = side === 'primary' ? 'canary' : 'primary';
  const shown = `${name} selects pods with ${showLabels(selector)}`;
  if (!selects(selector, pods[side])) {
    const problem = `${shown}, but the ${side}'s pods have ${showLabels(pods[side])}`;
    return [{ where, problem, remedy: `let its labels match the pods of Deployment ${plan.workload[side]}` }];
  }
  if (!selects(selector, pods[other])) return [];
  const remedy = `give it a label that only the ${side}'s pods have (spec.workload.canaryLabels sets the canary's)`;
  return [{ where, problem: `${shown}, and the ${other}'s pods match that too`, remedy }];
}

export function showLabels(labels: Labels): string {
  const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return text.join(',') || 'no labels';
}

export function joined(all: Findings[]): Findings {
  return {
    problems: all.flatMap(({ problems }) => problems),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}
