/** The objects of Istio and Kubernetes that a route needs, as far as we read them, and which rules a plan manages. Pure. */

import type { Destination, Plan, RouteRef } from '../../contract/plan.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import { isAffinityRule } from './affinity.ts';
import { type HttpRule, type IstioDestination, type Pair, readRule } from './rule.ts';

/** Lists of rules that can carry weights; only those of http have names, a mirror and headers. */
export const RULE_LISTS = ['http', 'tcp', 'tls'] as const;
type RuleList = (typeof RULE_LISTS)[number];

export interface VirtualService extends KubeObject {
  spec?: {
    hosts?: string[];
    gateways?: string[];
    http?: HttpRule[];
    tcp?: HttpRule[];
    tls?: HttpRule[];
    [field: string]: unknown;
  };
}

interface Subset {
  name: string;
  labels?: Record<string, string>;
  trafficPolicy?: unknown;
}

export interface DestinationRule extends KubeObject {
  spec?: { host?: string; subsets?: Subset[]; exportTo?: string[]; workloadSelector?: unknown };
}

export interface ManagedRule {
  list: RuleList;
  index: number;
  rule: HttpRule;
}

export function pairOf(plan: Plan, ref: RouteRef): Pair {
  return { primary: plan.traffic.primary, canary: plan.traffic.canary, namespace: ref.namespace };
}

/** The rules that a plan steers: the http rules that it names, otherwise every one that routes to the primary. */
export function managedRules(object: VirtualService, plan: Plan, ref: RouteRef): ManagedRule[] {
  const pair = pairOf(plan, ref);
  return candidateRules(object, ref).filter(({ rule }) => readRule(rule, pair).primary !== undefined);
}

/** The rules that a plan may mean: the http rules that it names, otherwise all but those that a plan made for affinity. */
export function candidateRules(object: VirtualService, { rules: names }: RouteRef): ManagedRule[] {
  const lists = names ? (['http'] as const) : RULE_LISTS;
  return lists
    .flatMap((list) => (object.spec?.[list] ?? []).map((rule, index) => ({ list, index, rule })))
    .filter(({ rule }) => !isAffinityRule(rule))
    .filter(({ rule }) => !names || (rule.name !== undefined && names.includes(rule.name)));
}

/** `spec.http[0]` */
export function placeOf({ list, index }: ManagedRule): string {
  return `spec.${list}[${index}]`;
}

export function describeDestination(to: IstioDestination | Destination): string {
  return to.subset ? `${to.host}, subset ${to.subset}` : to.host;
}
