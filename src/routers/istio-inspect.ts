/** Reads what a preflight over VirtualServices needs, and puts its findings together. */
import { annotation, OWNER, storedEpoch } from '../cluster/annotations.ts';
import type { KubeClient } from '../cluster/client.ts';
import { ClusterError } from '../cluster/errors.ts';
import { serviceRef } from '../cluster/refs.ts';
import type { RouteIntent } from '../rollout/intent.ts';
import { sameIntent } from '../rollout/intent.ts';
import type { Plan, RouteRef } from '../rollout/plan.ts';
import type { Inspection, PodLabels } from './contract.ts';
import { destinationProblems, type Facts, governance } from './istio-destinations-check.ts';
import { serviceOf } from './istio-host.ts';
import {
  type DestinationRule,
  managedRules,
  pairOf,
  type ServiceObject,
  type VirtualService,
} from './istio-objects.ts';
import { type FoundRule, foundRule, intentOf, readRule } from './istio-rule.ts';
import { claimProblem, ruleProblems } from './istio-rules-check.ts';
import { resolveVirtualService } from './istio-version.ts';

/** DestinationRules for the whole mesh live here unless the mesh's configuration says otherwise. */
const ROOT_NAMESPACE = 'istio-system';

interface Route {
  ref: RouteRef;
  object?: VirtualService;
  apiVersion: string;
}

export async function inspectIstio(
  client: KubeClient,
  plan: Plan,
  labels: PodLabels,
  signal?: AbortSignal,
): Promise<Inspection> {
  const routes: Route[] = [];
  for (const ref of plan.traffic.routes) {
    const { object, ref: kube } = await resolveVirtualService(client, ref, signal);
    routes.push({ ref, object, apiVersion: kube.apiVersion });
  }
  const missing = routes.filter(({ object }) => !object).flatMap((route) => routeProblems(plan, route));
  if (missing.length > 0) return { found: { rules: [] }, problems: missing, warnings: [] };
  const facts: Facts = { plan, labels, routes, ...(await readDestinations(client, plan, routes, signal)) };
  const namespace = routes[0]?.ref.namespace ?? plan.namespace;
  const callers = governance(facts, namespace);
  const found = routes.flatMap(({ ref, object }) => (object ? foundRules(object, plan, ref) : []));
  const epochs = routes.map(({ object }) => storedEpoch(object, plan));
  const intent = commonIntent(plan, routes);
  return {
    found: { rules: found },
    ...(intent ? { intent } : {}),
    problems: [
      ...routes.flatMap((r) => routeProblems(plan, r)),
      ...destinationProblems(facts, namespace),
      ...callers.problems,
    ],
    warnings: [...routes.flatMap((r) => leftOverMirrors(plan, r)), ...callers.warnings],
    ...(Math.max(...epochs) > 0 ? { epoch: Math.max(...epochs) } : {}),
  };
}

function routeProblems(plan: Plan, { ref, object }: Route) {
  if (object) return [...claimProblem(plan, ref, annotation(object, OWNER)), ...ruleProblems(object, plan, ref)];
  const where = `VirtualService ${ref.namespace}/${ref.name}`;
  return [{ where, problem: 'does not exist', remedy: 'create it, or correct spec.traffic.routes' }];
}

function foundRules(object: VirtualService, plan: Plan, ref: RouteRef): FoundRule[] {
  const route = plan.traffic.routes.length > 1 ? { route: `${ref.namespace}/${ref.name}` } : {};
  return managedRules(object, plan, ref).map(({ rule, index }) => ({
    ...foundRule(rule, index, pairOf(plan, ref)),
    ...route,
  }));
}

function commonIntent(plan: Plan, routes: Route[]): RouteIntent | undefined {
  const intents = routes.flatMap(({ ref, object }) =>
    object
      ? managedRules(object, plan, ref).map(({ rule }) => intentOf(readRule(rule, pairOf(plan, ref))))
      : [undefined],
  );
  const [first] = intents;
  return first && intents.every((one) => one && sameIntent(one, first)) ? first : undefined;
}

function leftOverMirrors(plan: Plan, { ref, object }: Route): string[] {
  if (!object) return [];
  return managedRules(object, plan, ref)
    .map(({ rule, index }) => ({ index, percent: readRule(rule, pairOf(plan, ref)).mirror }))
    .filter(({ percent }) => percent > 0)
    .map(
      ({ index, percent }) =>
        `VirtualService ${ref.namespace}/${ref.name} spec.http[${index}] already mirrors ${percent} % to the canary; the rollout takes that mirror over and ends without it`,
    );
}

async function readDestinations(
  client: KubeClient,
  plan: Plan,
  routes: Route[],
  signal?: AbortSignal,
): Promise<Pick<Facts, 'destinationRules' | 'services'>> {
  const namespace = routes[0]?.ref.namespace ?? plan.namespace;
  const apiVersion = routes[0]?.apiVersion ?? 'networking.istio.io/v1';
  const { primary, canary } = plan.traffic;
  const hosts = [primary, canary].flatMap(({ host }) => serviceOf(host, namespace) ?? []);
  const names = [...new Map(hosts.map((h) => [`${h.namespace}/${h.name}`, h])).values()];
  const places = [...new Set([namespace, ...hosts.map((h) => h.namespace), ROOT_NAMESPACE])];
  const [found, rules] = await Promise.all([
    Promise.all(names.map((h) => client.get<ServiceObject>(serviceRef(h.namespace, h.name), signal))),
    Promise.all(places.map((place) => listRules(client, apiVersion, place, place === ROOT_NAMESPACE, signal))),
  ]);
  const services = found.filter((service) => service !== undefined);
  const destinationRules = rules.flat();
  return { services, destinationRules };
}

/** Without a permission for the mesh's own namespace its rules count as absent: they rarely define subsets. */
async function listRules(
  client: KubeClient,
  apiVersion: string,
  namespace: string,
  optional: boolean,
  signal?: AbortSignal,
): Promise<DestinationRule[]> {
  const ref = { apiVersion, resource: 'destinationrules', kind: 'DestinationRule', namespace };
  try {
    return await client.list<DestinationRule>(ref, {}, signal);
  } catch (error) {
    if (optional && error instanceof ClusterError && error.reason === 'forbidden') return [];
    throw error;
  }
}
