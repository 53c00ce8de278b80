/** Reads what a preflight over HTTPRoutes and GRPCRoutes needs, and puts its findings together. */

import { type RouteIntent, sameIntent } from '../../contract/intent.ts';
import type { Problem } from '../../contract/offer.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { storedEpoch } from '../../kubernetes/objects/annotations.ts';
import { serviceRef } from '../../kubernetes/objects/refs.ts';
import type { Inspection, PodLabels } from '../contract.ts';
import { claimProblems } from '../shared/claims.ts';
import { type FoundRule, type GatewayRoute, pairOf } from './objects.ts';
import { partialMirrorFindings } from './percent.ts';
import { foundRule } from './rule.ts';
import { agreedIntent, readManaged } from './rules.ts';
import { ruleProblems } from './rules-check.ts';
import { type Facts, type ReferenceGrant, type Service, serviceFindings } from './services-check.ts';
import { takenOf } from './status.ts';
import { resolveGatewayRoute } from './version.ts';

interface Route {
  ref: RouteRef;
  object: GatewayRoute;
}

export async function inspectGatewayApi(
  client: KubeClient,
  plan: Plan,
  refs: RouteRef[],
  labels: PodLabels,
): Promise<Inspection> {
  const resolved = await Promise.all(
    refs.map(async (ref) => ({ ref, object: (await resolveGatewayRoute(client, ref)).object })),
  );
  const missing = resolved.filter(({ object }) => !object).map(({ ref }) => missingRoute(ref));
  if (missing.length > 0) return { found: { rules: [] }, problems: missing, warnings: [] };
  const routes = resolved.flatMap(({ ref, object }) => (object ? [{ ref, object }] : []));
  const facts: Facts = { plan, labels, routes: refs, ...(await readServices(client, plan, refs)) };
  const services = serviceFindings(facts);
  const percent = await partialMirrorFindings(client, plan, refs);
  const status = routes.map(statusFinding);
  const intent = commonIntent(plan, routes);
  const epoch = Math.max(...routes.map(({ object }) => storedEpoch(object, plan)));
  return {
    found: { rules: routes.flatMap((route) => foundRules(plan, route)) },
    ...(intent ? { intent } : {}),
    problems: [
      ...routes.flatMap(({ ref, object }) => [...claimProblems(object, plan, ref), ...ruleProblems(object, plan, ref)]),
      ...status.flatMap(({ problem }) => problem ?? []),
      ...services.problems,
      ...percent.problems,
    ],
    warnings: [
      ...routes.flatMap((route) => leftOverMirrors(plan, route)),
      ...status.flatMap(({ warning }) => warning ?? []),
      ...services.warnings,
      ...percent.warnings,
    ],
    ...(epoch > 0 ? { epoch } : {}),
  };
}

function missingRoute(ref: RouteRef): Problem {
  return { where: nameOf(ref), problem: 'does not exist', remedy: 'create it, or correct spec.traffic.routes' };
}

/** A route that its Gateway does not take as it is would not be obeyed later either. */
function statusFinding({ ref, object }: Route): { problem?: Problem; warning?: string } {
  const taken = takenOf(object);
  if (taken.kind === 'refused') {
    const remedy = 'correct the route until its status says Accepted and ResolvedRefs';
    return { problem: { where: nameOf(ref), problem: taken.sentence, remedy } };
  }
  return taken.kind === 'pending' ? pendingFinding(ref, object, taken.sentence) : {};
}

function pendingFinding(ref: RouteRef, { status }: GatewayRoute, sentence: string) {
  if ((status?.parents ?? []).length > 0) return { warning: `${nameOf(ref)}: ${sentence}` };
  const problem = `nothing says that it serves the route: ${sentence}`;
  const remedy = 'name a Gateway in spec.parentRefs that allows the route, and see that its controller runs';
  return { problem: { where: nameOf(ref), problem, remedy } };
}

function foundRules(plan: Plan, { ref, object }: Route): FoundRule[] {
  const route = plan.traffic.routes.length > 1 ? { route: `${ref.namespace}/${ref.name}` } : {};
  return readManaged(object, plan, ref).map(({ rule, index }) => ({
    ...foundRule(rule, index, pairOf(plan, ref)),
    ...route,
  }));
}

function commonIntent(plan: Plan, routes: Route[]): RouteIntent | undefined {
  const intents = routes.map(({ ref, object }) => agreedIntent(readManaged(object, plan, ref)));
  const [first] = intents;
  return first && intents.every((one) => one && sameIntent(one, first)) ? first : undefined;
}

function leftOverMirrors(plan: Plan, { ref, object }: Route): string[] {
  return readManaged(object, plan, ref)
    .filter(({ reading }) => reading.mirror > 0)
    .map(
      ({ index, reading }) =>
        `${nameOf(ref)} spec.rules[${index}] already mirrors ${reading.mirror} % to the canary; the rollout takes that mirror over and ends without it`,
    );
}

async function readServices(
  client: KubeClient,
  plan: Plan,
  refs: RouteRef[],
): Promise<Pick<Facts, 'services' | 'grants' | 'unreadable'>> {
  const pairs = refs.map((ref) => pairOf(plan, ref));
  const sides = pairs.flatMap(({ primary, canary }) => [primary, canary]);
  const names = new Map(sides.map((one) => [`${one.namespace}/${one.name}`, one]));
  const away = pairs.flatMap((pair) => [pair.primary, pair.canary].filter((one) => one.namespace !== pair.namespace));
  const places = [...new Set(away.map(({ namespace }) => namespace))];
  const [services, grants] = await Promise.all([
    Promise.all([...names.values()].map((one) => client.get<Service>(serviceRef(one.namespace, one.name)))),
    Promise.all(places.map((namespace) => listGrants(client, namespace))),
  ]);
  return {
    services: services.filter((one) => one !== undefined),
    grants: grants.flatMap((one) => one ?? []),
    unreadable: places.filter((_, index) => grants[index] === undefined),
  };
}

/** @returns undefined without the right to look */
async function listGrants(client: KubeClient, namespace: string): Promise<ReferenceGrant[] | undefined> {
  const list = (version: string) => {
    const apiVersion = `gateway.networking.k8s.io/${version}`;
    return client.list<ReferenceGrant>(
      { apiVersion, resource: 'referencegrants', kind: 'ReferenceGrant', namespace },
      {},
    );
  };
  try {
    return await list('v1').catch((error: unknown) => {
      if (reasonOf(error) === 'notFound') return list('v1beta1');
      throw error;
    });
  } catch (error) {
    if (reasonOf(error) === 'forbidden') return undefined;
    throw error;
  }
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof ClusterError ? error.reason : undefined;
}

function nameOf(ref: RouteRef): string {
  return `${ref.kind} ${ref.namespace}/${ref.name}`;
}
