/** Istio's VirtualServices, as raw JSON: what we do not know stays as it is. */

import type { RouteFound } from '../../contract/activities.ts';
import { type RouteIntent, sameIntent } from '../../contract/intent.ts';
import { ISTIO_KINDS, type Plan, type RouteRef } from '../../contract/plan.ts';
import type { PatchOperation } from '../../kubernetes/client/client.ts';
import type { Look, Router } from '../contract.ts';
import { affinityRule, affinityRuleName, withOwnCookie } from './affinity.ts';
import { inspectIstio } from './inspect.ts';
import { type ManagedRule, managedRules, pairOf, type VirtualService } from './objects.ts';
import { type RuleChange, routeOperations } from './patch.ts';
import { commonIntent, readManaged } from './reading.ts';
import { type FoundRule, unknownRule, withIntent, withoutOthers } from './rule.ts';
import { resolveVirtualService } from './version.ts';

export const istioRouter: Router = {
  kinds: ISTIO_KINDS,
  can: () => ({
    weights: true,
    mirror: 'percent',
    weightsWithMirror: true,
    headerMatch: true,
    affinity: true,
    observed: 'series',
  }),
  resolve: resolveVirtualService,
  inspect: inspectIstio,
  look,
  change,
  taken: () => ({ kind: 'unknown' }),
};

function change(
  object: VirtualService,
  plan: Plan,
  route: RouteRef,
  intent: RouteIntent,
  found: RouteFound,
  force = false,
): PatchOperation[] | undefined {
  const managed = managedRules(object, plan, route);
  if (managed.length === 0) return undefined;
  const changes = managed.map((one) => changeOf(one, managed, plan, route, intent, found, force));
  return routeOperations(object.spec?.http ?? [], plan.name, changes);
}

function changeOf(
  one: ManagedRule,
  managed: ManagedRule[],
  plan: Plan,
  route: RouteRef,
  intent: RouteIntent,
  found: RouteFound,
  force: boolean,
): RuleChange {
  const pair = pairOf(plan, route);
  const alike = managed.filter(({ list }) => list === one.list);
  const position = alike.indexOf(one);
  const shape = shapeOf(found, route, one, alike.length, position) ?? unknownRule(one.rule, one.index, pair);
  const ours = force ? withoutOthers(one.rule, pair) : one.rule;
  const weighted = withIntent(ours, pair, intent, shape);
  if (one.list !== 'http') return { ...one, next: weighted };
  const next = withOwnCookie(weighted, pair, plan, intent.affinity, shape);
  if (!intent.affinity) return { ...one, next };
  const name = affinityRuleName(plan.name, position, alike.length);
  return { ...one, next, own: affinityRule(next, pair, plan, intent.affinity, shape, name) };
}

/** Rules keep their order within a list; their indexes move when people add others. */
function shapeOf(
  found: RouteFound,
  { namespace, name }: RouteRef,
  { list }: ManagedRule,
  managed: number,
  position: number,
): FoundRule | undefined {
  const shapes = found.rules.filter(
    (rule) => (rule.route === undefined || rule.route === `${namespace}/${name}`) && (rule.list ?? 'http') === list,
  );
  return shapes.length === managed ? shapes[position] : undefined;
}

function look(object: VirtualService, plan: Plan, route: RouteRef, wanted: RouteIntent): Look {
  const readings = readManaged(object, plan, route);
  if (readings.length === 0) return { words: 'no rule routes to the primary' };
  const odd = readings.find(({ intent }) => !intent || !sameIntent(intent, wanted)) ?? readings[0];
  const intent = commonIntent(readings);
  return { ...(intent ? { intent } : {}), words: odd ? `${odd.place} has ${odd.words}` : '' };
}
