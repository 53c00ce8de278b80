/** Every way on which others than the plan's rules lead to canary pods: refused, or named as the plan says (order rule 10). */
import type { Problem } from '../../contract/offer.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import type { Findings, ManagedRoute, PodLabels, ResolvedRoute } from '../contract.ts';
import { describeDestination } from '../istio/objects.ts';
import { routerOf } from '../registry.ts';
import { domainOf } from '../shared/domain.ts';
import { serviceOfSide } from '../shared/host.ts';
import { isMadeFor } from '../shared/own-rules.ts';
import { placeOf } from '../shared/rules.ts';
import { joined } from '../shared/services.ts';
import { readSurroundings, type Surroundings } from './read.ts';
import type { WalkedRule } from './walker.ts';
import { sideOf, type WayFacts, whoGets, whoMatches } from './who.ts';

/** @returns `others`: how many ways of others stay */
export async function pathFindings(
  client: KubeClient,
  plan: TargetPlan,
  routes: ResolvedRoute[],
  labels: PodLabels,
): Promise<Findings & { others: number }> {
  const around = await readSurroundings(client, plan);
  const domain = domainOf(...routes.map(({ object }) => object), ...around.rules);
  const facts: WayFacts = { plan, labels, domain, ...around };
  const placesOf = (one: ManagedRoute) =>
    routerOf(one.route)
      .read(one)
      .map(({ place }) => `${describeRef(one.route)} ${place}`);
  const own = new Set(routes.flatMap(placesOf));
  const ways = around.routes.flatMap(({ walker, kind, objects }) =>
    objects.flatMap((object) => {
      const { namespace = '', name } = object.metadata;
      return walker
        .walk(object, objects)
        .filter((rule) => !isMadeFor('affinity', rule, plan.name) && !isMadeFor('match', rule, plan.name))
        .map((rule) => {
          const where = `${describeRef({ kind, namespace, name })} ${placeOf(rule)}`;
          return ruleFindings(facts, rule, { where, kind, namespace, managed: own.has(where) });
        });
    }),
  );
  const { served, orphans } = servedBy(routes, around);
  const services = joined(serviceFindings(facts, served));
  const { warnings } = joined(ways);
  const problems = [...joined(ways).problems, ...services.problems];
  const allowed = plan.traffic.allowUngoverned;
  const words = problems.map(({ where, problem }) => `${where} ${problem} (allowed by spec.traffic.allowUngoverned)`);
  const others = [...warnings, ...(allowed ? words : [])];
  return {
    problems: [...(allowed ? [] : problems), ...orphans],
    warnings: [...others, ...services.warnings, ...around.unread],
    others: others.length,
  };
}

interface Place {
  where: string;
  kind: string;
  namespace: string;
  /** Its weights are the plan's. */
  managed: boolean;
}

function ruleFindings(facts: WayFacts, rule: WalkedRule, { where, kind, namespace, managed }: Place): Findings {
  const found: Findings = { problems: [], warnings: [] };
  const reached = rule.targets
    .filter(({ weight }) => weight > 0)
    .map((target) => ({ target, side: sideOf(facts, target, namespace), who: whoGets(facts, target, namespace) }))
    .filter(({ side }) => !managed || side === undefined);
  const named = (copies: boolean) =>
    reached
      .filter(({ target, who }) => who.canary && (target.copies ?? false) === copies)
      .map(({ target }) => describeDestination(target));
  const [users, copies] = [named(false), named(true)].map((all) => all.join(' and '));
  // the canary is not there at rest, so no user is where it alone answers
  const alone = !managed && reached.every(({ target, who }) => target.copies || (who.canary && !who.primary));
  if (copies) found.warnings.push(`${where} copies requests to canary pods (${copies}), whatever the rollout does`);
  if (users && alone) {
    found.warnings.push(
      `${where} leads to the canary alone (${users}): who comes by it does not count as a user left behind`,
    );
  } else if (users) {
    const { primary } = facts.plan.traffic;
    const knows = kind === 'VirtualService' || primary.subset === undefined;
    const better = knows
      ? `the primary (${describeDestination(primary)})`
      : "a Service that selects the primary's pods alone";
    const problem = `routes users to ${users}, which selects canary pods: they meet the canary at every weight, before any check`;
    const remedy = `route it to ${better}, or set spec.traffic.allowUngoverned: true`;
    found.problems.push({ where, problem, remedy });
  }
  return found;
}

/** Services whose callers meet both sides where no route stands between. */
function serviceFindings({ plan, labels, services, entries, domain }: WayFacts, served: ManagedRoute[]): Findings[] {
  const { namespace } = plan;
  const nameOf = ({ route: { kind }, object: { metadata } }: ManagedRoute) => describeRef({ kind, ...metadata });
  const root = served.find((one) => nameOf(one) !== describeRef(one.route));
  const called = [
    ...services.map(({ metadata: { name }, spec }) => ({ kind: 'Service', name, selector: spec?.selector })),
    ...entries
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map(({ metadata: { name }, spec }) => ({
        kind: 'ServiceEntry',
        name,
        selector: spec?.workloadSelector?.labels,
      })),
  ];
  return called.flatMap(({ kind, name, selector = {} }): Findings[] => {
    const { primary, canary } = whoMatches(labels, [selector]);
    const isService = kind === 'Service';
    if (!primary || !canary || (isService && isPlain(plan, name))) return [];
    const where = describeRef({ kind, namespace, name });
    const governs = ({ route, object }: ManagedRoute) => routerOf(route).governs(object, { name, namespace }, domain);
    if (isService && served.some(governs)) {
      const warning = `${where} selects canary pods: callers without a sidecar reach the canary at every weight`;
      return [{ problems: [], warnings: [warning] }];
    }
    const bind = `bind ${root ? nameOf(root) : 'a route'} with the host ${name} to the gateway "mesh"`;
    const bound = isService && serviceOfSide(plan, 'primary')?.name === name;
    const remedy = `${bound ? bind : "let it select the primary's pods alone"}, ${OR_ALLOW}`;
    return [{ problems: [{ where, problem: UNGOVERNED, remedy }], warnings: [] }];
  });
}

const UNGOVERNED =
  'selects canary pods, and no route of the plan stands before it: callers inside the cluster reach the canary at every weight';
const OR_ALLOW = "or set spec.traffic.allowUngoverned: true when nobody calls it past the plan's routes";

/** The Service is a side's whole destination, which is refused already where it selects both. */
function isPlain(plan: TargetPlan, name: string): boolean {
  return (['primary', 'canary'] as const).some(
    (side) => plan.traffic[side].subset === undefined && serviceOfSide(plan, side)?.name === name,
  );
}

/** What serves the plan's routes: they themselves, or those that hand users over to them. */
function servedBy(routes: ResolvedRoute[], around: Surroundings): { served: ManagedRoute[]; orphans: Problem[] } {
  const orphans: Problem[] = [];
  const served = routes.flatMap((managed): ManagedRoute[] => {
    const { route, object } = managed;
    const all = around.routes.find(({ kind }) => kind === route.kind)?.objects ?? [];
    const roots = routerOf(route).rootsOf?.(object, all);
    if (roots?.length === 0 && !around.partial.includes(route.kind)) {
      const problem = `has no hosts, and no ${route.kind} delegates to it, so it serves nobody`;
      orphans.push({ where: describeRef(route), problem, remedy: 'name it as delegate in one that has hosts' });
    }
    return roots?.map((root) => ({ ...managed, object: root })) ?? [managed];
  });
  return { served, orphans };
}
