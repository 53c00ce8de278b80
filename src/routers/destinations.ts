/**
 * The objects behind the canary's destination that Sluice makes for a plan with `traffic.create`: a Service for a host of its
 * own, for Istio also a DestinationRule for a subset. They carry the plan's claim; everybody else's are only read.
 */

import type { Plan } from '../contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../kubernetes/client/client.ts';
import { PLAN_LABEL } from '../kubernetes/objects/annotations.ts';
import { describeRef, serviceRef } from '../kubernetes/objects/refs.ts';
import { isMadeBy, newCanaryService, type Service, serviceObstacle } from '../kubernetes/objects/services.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import { isGatewayApi, routeRefs } from './index.ts';
import { newSubsetRule, ownRuleName } from './istio/destination-rule.ts';
import { isRuleOf } from './istio/destinations-check.ts';
import { destinationRuleRef, readDestinationRules, readServices } from './istio/destinations-read.ts';
import { type ServiceName, serviceOf } from './istio/host.ts';
import type { DestinationRule } from './istio/objects.ts';

export interface NeededObject {
  ref: Ref;
  object: KubeObject;
  /** JSON pointer of what must be so on an object that we made before. */
  content: '/spec' | '/spec/selector';
}

/**
 * What nobody but this plan defines: to be made, or made by it before.
 * @throws Refusal `Drift` when something is missing that cannot be made any more
 */
export async function neededDestinations(client: KubeClient, plan: Plan): Promise<NeededObject[]> {
  const service = canaryService(plan);
  if (!plan.traffic.create || !service) return [];
  const services = await readServices(client, plan, routeNamespace(plan));
  const needed = neededService(plan, service, services);
  const subset = isGatewayApi(plan) ? [] : await neededSubset(client, plan, service);
  return [...needed, ...subset];
}

function neededService(plan: Plan, service: ServiceName, services: Service[]): NeededObject[] {
  const at = ({ name, namespace }: ServiceName) =>
    services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  const found = at(service);
  if (found && !isMadeBy(found, plan)) return [];
  const model = serviceOf(plan.traffic.primary.host, routeNamespace(plan));
  const primary = model && at(model);
  const obstacle = serviceObstacle(service, primary, plan);
  if (obstacle || !primary) throw new Refusal('Drift', obstacle ?? 'the primary has no Service');
  const object = newCanaryService(primary, plan, service.name);
  return [{ ref: serviceRef(service.namespace, service.name), object, content: '/spec/selector' }];
}

async function neededSubset(client: KubeClient, plan: Plan, service: ServiceName): Promise<NeededObject[]> {
  const { canary } = plan.traffic;
  if (canary.subset === undefined) return [];
  const [rules, apiVersion] = await ruleObjects(client, plan);
  const others = rules.filter((rule) => !isMadeBy(rule, plan) && isRuleOf(rule, canary, service, routeNamespace(plan)));
  if (others.some(({ spec }) => spec?.subsets?.some(({ name }) => name === canary.subset))) return [];
  const made = newSubsetRule(plan, service, others, apiVersion);
  if ('obstacle' in made) throw new Refusal('Drift', `no subset "${canary.subset}" can be made: ${made.obstacle}`);
  const { namespace = service.namespace } = made.rule.metadata;
  const ref = destinationRuleRef(apiVersion, namespace, ownRuleName(plan));
  return [{ ref, object: made.rule, content: '/spec' }];
}

/** The objects that this plan made, as they are. */
export async function ownDestinations(client: KubeClient, plan: Plan): Promise<{ ref: Ref; object: KubeObject }[]> {
  const service = canaryService(plan);
  const found: { ref: Ref; object: KubeObject | undefined }[] = [];
  if (!isGatewayApi(plan)) {
    const [rules, apiVersion] = await ruleObjects(client, plan);
    for (const object of rules.filter(({ metadata }) => metadata.labels?.[PLAN_LABEL] === plan.name)) {
      const { name, namespace = '' } = object.metadata;
      found.push({ ref: destinationRuleRef(apiVersion, namespace, name), object });
    }
  }
  if (service) {
    const ref = serviceRef(service.namespace, service.name);
    found.push({ ref, object: await client.get(ref) });
  }
  return found.flatMap(({ ref, object }) => (object && isMadeBy(object, plan) ? [{ ref, object }] : []));
}

/** The routes of the plan that still name the canary's destination, at whatever weight: `HTTPRoute demo/reviews`. */
export async function routesToCanary(client: KubeClient, plan: Plan): Promise<string[]> {
  const service = canaryService(plan);
  const refs = await routeRefs(client, plan);
  const objects = await Promise.all(refs.map((ref) => client.get(ref)));
  return refs
    .filter((ref, index) => service && names(objects[index]?.spec, plan, service, ref.namespace ?? plan.namespace))
    .map(describeRef);
}

/** Whether a part of a route names the destination: `{ host, subset }` of Istio, a backend reference of the Gateway API. */
function names(part: unknown, plan: Plan, service: ServiceName, namespace: string): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const { host, subset, name, port, namespace: place = namespace } = part as Record<string, unknown>;
  const { canary } = plan.traffic;
  if (typeof host === 'string' && (subset ?? '') === (canary.subset ?? '')) {
    const meant = serviceOf(host, namespace);
    if (meant?.name === service.name && meant.namespace === service.namespace) return true;
  }
  if (port !== undefined && name === service.name && place === service.namespace) return true;
  return Object.values(part).some((inner) => names(inner, plan, service, namespace));
}

async function ruleObjects(client: KubeClient, plan: Plan): Promise<[rules: DestinationRule[], apiVersion: string]> {
  const [ref] = await routeRefs(client, plan);
  const apiVersion = ref?.apiVersion ?? '';
  return [await readDestinationRules(client, plan, apiVersion, routeNamespace(plan)), apiVersion];
}

function canaryService(plan: Plan): ServiceName | undefined {
  return serviceOf(plan.traffic.canary.host, routeNamespace(plan));
}

/** Short hosts are read there. */
function routeNamespace({ traffic, namespace }: Plan): string {
  return traffic.routes[0]?.namespace ?? namespace;
}
