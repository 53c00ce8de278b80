/** Reads what a preflight over VirtualServices needs, and puts its findings together. */

import type { Problem } from '../../contract/offer.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { storedEpoch } from '../../kubernetes/objects/annotations.ts';
import type { Inspection, PodLabels } from '../contract.ts';
import { claimProblems } from '../shared/claims.ts';
import { destinationProblems, type Facts } from './destinations-check.ts';
import { readDestinationRules, readServices } from './destinations-read.ts';
import { governance } from './governance.ts';
import { managedRules, pairOf, type VirtualService } from './objects.ts';
import { commonIntent, readManaged } from './reading.ts';
import { type FoundRule, foundRule } from './rule.ts';
import { ruleProblems } from './rules-check.ts';
import { resolveVirtualService } from './version.ts';

interface Route {
  ref: RouteRef;
  object?: VirtualService;
  apiVersion: string;
}

export async function inspectIstio(
  client: KubeClient,
  plan: Plan,
  refs: RouteRef[],
  labels: PodLabels,
): Promise<Inspection> {
  const routes: Route[] = [];
  for (const ref of refs) {
    const { object, ref: kube } = await resolveVirtualService(client, ref);
    routes.push({ ref, object, apiVersion: kube.apiVersion });
  }
  const missing = routes.filter(({ object }) => !object).flatMap((route) => routeProblems(plan, route));
  if (missing.length > 0) return { found: { rules: [] }, problems: missing, warnings: [] };
  const namespace = routes[0]?.ref.namespace ?? plan.namespace;
  const [services, destinationRules] = await Promise.all([
    readServices(client, plan, namespace),
    readDestinationRules(client, plan, routes[0]?.apiVersion ?? '', namespace),
  ]);
  const facts: Facts = { plan, labels, routes, services, destinationRules };
  const destinations = destinationProblems(facts, namespace);
  const callers = governance(facts, namespace);
  const epochs = routes.map(({ object }) => storedEpoch(object, plan));
  const intent = commonIntent(routes.flatMap(({ ref, object }) => (object ? readManaged(object, plan, ref) : [{}])));
  return {
    found: { rules: routes.flatMap(({ ref, object }) => (object ? foundRules(object, plan, ref) : [])) },
    ...(intent ? { intent } : {}),
    problems: [
      ...routes.flatMap((r) => routeProblems(plan, r)),
      ...hostProblems(plan, refs),
      ...destinations.problems,
      ...callers.problems,
    ],
    warnings: [...routes.flatMap((r) => leftOverMirrors(plan, r)), ...destinations.warnings, ...callers.warnings],
    ...(Math.max(...epochs) > 0 ? { epoch: Math.max(...epochs) } : {}),
  };
}

function routeProblems(plan: Plan, { ref, object }: Route): Problem[] {
  if (object) return [...claimProblems(object, plan, ref), ...ruleProblems(object, plan, ref)];
  const where = `VirtualService ${ref.namespace}/${ref.name}`;
  return [{ where, problem: 'does not exist', remedy: 'create it, or correct spec.traffic.routes' }];
}

/** Our fields of every managed rule, to put back at rest. */
export function foundRules(object: VirtualService, plan: Plan, ref: RouteRef): FoundRule[] {
  const route = plan.traffic.routes.length > 1 ? { route: `${ref.namespace}/${ref.name}` } : {};
  return managedRules(object, plan, ref).map(({ list, rule, index }) => ({
    ...foundRule(rule, index, pairOf(plan, ref)),
    ...route,
    ...(list === 'http' ? {} : { list }),
  }));
}

/** Hosts without dots that mean another Service in each route's namespace. */
function hostProblems(plan: Plan, refs: RouteRef[]): Problem[] {
  const places = [...new Set(refs.map(({ namespace }) => namespace))];
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

function leftOverMirrors(plan: Plan, { ref, object }: Route): string[] {
  if (!object) return [];
  return readManaged(object, plan, ref)
    .filter(({ reading }) => reading.mirror > 0)
    .map(
      ({ place, reading }) =>
        `VirtualService ${ref.namespace}/${ref.name} ${place} already mirrors ${reading.mirror} % to the canary; the rollout takes that mirror over and ends without it`,
    );
}
