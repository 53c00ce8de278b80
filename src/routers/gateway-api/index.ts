/** HTTPRoutes and GRPCRoutes of the Gateway API, as raw JSON: what we do not know stays as it is. */

import type { RouteFound } from '../../contract/activities.ts';
import { type RouteIntent, sameIntent } from '../../contract/intent.ts';
import { GATEWAY_API_KINDS, type Plan, type RouteKind, type RouteRef } from '../../contract/plan.ts';
import type { PatchOperation } from '../../kubernetes/client/client.ts';
import type { Look, Router, RouterAbilities } from '../contract.ts';
import { inspectGatewayApi } from './inspect.ts';
import type { GatewayRoute } from './objects.ts';
import { agreedIntent, type ManagedReading, readManaged, ruleOperations, rulesAt, rulesOf } from './rules.ts';
import { takenOf } from './status.ts';
import { resolveGatewayRoute } from './version.ts';

export const gatewayApiRouter: Router = {
  kinds: GATEWAY_API_KINDS,
  can,
  resolve: resolveGatewayRoute,
  inspect: inspectGatewayApi,
  look,
  change,
  taken: takenOf,
};

/** A gRPC client keeps no cookies. */
function can(kind: RouteKind): RouterAbilities {
  return {
    weights: true,
    mirror: 'percent',
    weightsWithMirror: true,
    headerMatch: true,
    affinity: kind === 'HTTPRoute',
    observed: 'status',
  };
}

function change(
  object: GatewayRoute,
  plan: Plan,
  route: RouteRef,
  intent: RouteIntent,
  found: RouteFound,
  force = false,
): PatchOperation[] | undefined {
  const name = `${route.namespace}/${route.name}`;
  const shapes = found.rules.filter((rule) => rule.route === undefined || rule.route === name);
  const after = rulesAt(object, plan, route, intent, shapes, force);
  return after && ruleOperations(rulesOf(object), after, plan);
}

function look(object: GatewayRoute, plan: Plan, route: RouteRef, wanted: RouteIntent): Look {
  const managed = readManaged(object, plan, route);
  const described = managed.find(({ intent }) => !intent || !sameIntent(intent, wanted)) ?? managed[0];
  if (!described) return { words: 'no rule routes to the primary' };
  const intent = agreedIntent(managed);
  return { ...(intent ? { intent } : {}), words: `spec.rules[${described.index}] has ${describe(described)}` };
}

function describe({ reading, affinity }: ManagedReading): string {
  const { primaryWeight, canaryWeight, otherWeight, mirror, ambiguous } = reading;
  const percent = (weight: number) => `${Number(weight.toFixed(1))} %`;
  const parts = [
    `primary ${percent(primaryWeight)}`,
    `canary ${percent(canaryWeight)}`,
    otherWeight > 0 && `other backends ${percent(otherWeight)}`,
    mirror > 0 && `copies ${percent(mirror)} to the canary`,
    ambiguous && 'one of them twice',
    describeAffinity(affinity),
  ];
  return parts.filter(Boolean).join(', ');
}

function describeAffinity(affinity: ManagedReading['affinity']): string {
  if (affinity === 'none') return '';
  if (affinity === 'broken') return 'a rule or cookie of session affinity that Sluice did not write so';
  const whose = ` (cookie of ${affinity.value})`;
  return affinity.phase === 'keep' ? `who met it stays${whose}` : `its cookie expires${whose}`;
}
