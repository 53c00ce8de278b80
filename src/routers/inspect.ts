/** The preflight over a plan's routes (order rule 10): looks before anything is written, and keeps what goes back at rest. */
import type { RouteFound, Uids } from '../contract/detected.ts';
import { AT_REST, type RouteIntent } from '../contract/intent.ts';
import type { Plan } from '../contract/plan.ts';
import type { TargetPlan } from '../contract/plan-parts.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { storedEpoch } from '../kubernetes/objects/annotations.ts';
import { grantProblems } from '../kubernetes/objects/grants.ts';
import { describeRef, uidsOf } from '../kubernetes/objects/refs.ts';
import type { Findings, ManagedRoute, PodLabels, ResolvedRoute } from './contract.ts';
import { commonIntent, lookAt } from './look.ts';
import { pathFindings } from './paths/findings.ts';
import { can, ROUTERS, routerOf } from './registry.ts';
import { readRoutes } from './resolve.ts';
import { claimProblems } from './shared/claims.ts';
import { planGrantProblems } from './shared/grants.ts';
import { joined } from './shared/services.ts';
import { statusFindings } from './taken.ts';

export interface Inspection extends Findings {
  /** Our fields of the managed rules as they are, to put back at rest. */
  found: RouteFound;
  uids: Uids;
  /** Where traffic goes now; absent when a rule cannot be read as one intent. */
  intent?: RouteIntent;
  /** As they were read; absent: one does not exist. */
  routes?: ResolvedRoute[];
  /** Highest epoch that this plan left on the routes; absent when it never wrote one. */
  epoch?: number;
}

export async function inspectRoutes(
  client: KubeClient,
  plan: TargetPlan & Partial<Pick<Plan, 'during'>>,
  labels: PodLabels,
): Promise<Inspection> {
  const routes = await readRoutes(client, plan);
  const missing = plan.traffic.routes
    .filter((one) => !routes.some(({ route }) => route === one))
    .map((route) => {
      return {
        where: describeRef(route),
        problem: 'does not exist',
        remedy: 'create it, or correct spec.traffic.routes',
      };
    });
  if (missing.length > 0) return { found: { rules: [] }, uids: {}, problems: missing, warnings: [] };
  const behind = ROUTERS.map(async (router): Promise<Findings> => {
    const own = routes.filter(({ route }) => routerOf(route) === router);
    return own.length > 0 ? router.inspect(client, own, labels) : { problems: [], warnings: [] };
  });
  const { others, ...ways } = await pathFindings(client, plan, routes, labels);
  const told = routes.filter(
    ({ route }) => can(route.kind).observed !== 'series' && plan.traffic.awaitStatus !== false,
  );
  const intent = commonIntent(routes.map((managed) => lookAt(managed, AT_REST)));
  const epoch = Math.max(...routes.map(({ object }) => storedEpoch(object, plan)));
  return {
    routes,
    found: { rules: routes.flatMap(foundRules), ...(others > 0 && { others }) },
    uids: Object.assign({}, ...routes.map(({ ref, object }) => uidsOf(() => ref, object))),
    ...(intent ? { intent } : {}),
    ...joined([
      ...routes.map(routeFindings),
      ...(await Promise.all([...told.map((one) => statusFindings(client, one)), ...behind])),
      ways,
      {
        problems: [
          ...routes.flatMap(({ route, object }) => grantProblems(route, object, plan)),
          ...(await planGrantProblems(client, plan)),
        ],
        warnings: [],
      },
    ]),
    ...(epoch > 0 ? { epoch } : {}),
  };
}

function routeFindings(managed: ManagedRoute): Findings {
  const router = routerOf(managed.route);
  const mirrored = router.read(managed).filter(({ mirror }) => mirror > 0);
  return {
    problems: [...claimProblems(managed), ...router.problems(managed)],
    warnings: mirrored.map(
      ({ place, mirror }) =>
        `${describeRef(managed.route)} ${place} already mirrors ${mirror} % to the canary; the rollout takes that mirror over and ends without it`,
    ),
  };
}

/** Our fields of every managed rule. */
export function foundRules(managed: ManagedRoute): RouteFound['rules'] {
  const { plan, route } = managed;
  const several = plan.traffic.routes.length > 1 ? { route: `${route.namespace}/${route.name}` } : {};
  return routerOf(route)
    .read(managed)
    .map(({ found }) => ({ ...found, ...several }));
}
