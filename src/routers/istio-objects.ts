/** The objects of Istio and Kubernetes that a route needs, as far as we read them, and which rules a plan manages. Pure. */
import type { KubeObject } from '../cluster/client.ts';
import type { Destination, Plan, RouteRef } from '../rollout/plan.ts';
import { type HttpRule, type IstioDestination, type Pair, readRule } from './istio-rule.ts';

export interface VirtualService extends KubeObject {
  spec?: { hosts?: string[]; gateways?: string[]; http?: HttpRule[]; [field: string]: unknown };
}

export interface DestinationRule extends KubeObject {
  spec?: { host?: string; subsets?: { name: string; labels?: Record<string, string> }[] };
}

export interface ServiceObject extends KubeObject {
  spec?: { selector?: Record<string, string> };
}

export interface ManagedRule {
  index: number;
  rule: HttpRule;
}

export function pairOf(plan: Plan, ref: RouteRef): Pair {
  return { primary: plan.traffic.primary, canary: plan.traffic.canary, namespace: ref.namespace };
}

/** The rules that a plan steers: those it names, otherwise every one that routes to the primary. */
export function managedRules(object: VirtualService, plan: Plan, ref: RouteRef): ManagedRule[] {
  const pair = pairOf(plan, ref);
  return (object.spec?.http ?? [])
    .map((rule, index) => ({ index, rule }))
    .filter(({ rule }) => !ref.rules || (rule.name !== undefined && ref.rules.includes(rule.name)))
    .filter(({ rule }) => readRule(rule, pair).primary !== undefined);
}

export function describeDestination(to: IstioDestination | Destination): string {
  return to.subset ? `${to.host}, subset ${to.subset}` : to.host;
}
