/** Mirrors on routes of the Gateway API: a RequestMirror filter on the rule, or on an extra rule directly before it. Pure. */

import { describeDestination, isPlain, type MirrorSpec } from '../../contract/mirror.ts';
import type { Problem } from '../../contract/offer.ts';
import { type Destination, GATEWAY_API_KINDS } from '../../contract/plan.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import { annotation, OWNER } from '../../kubernetes/objects/annotations.ts';
import { serviceOf } from '../istio/host.ts';
import { isClaimedBy, leftOverShape, type MirrorRouter } from '../mirror/contract.ts';
import { add, type Extra, isExtraName, isOn, type MirrorForm, type RuleFamily, strip, toOn } from '../mirror/rules.ts';
import { type BackendRef, narrowRouteMatches, overtaken, type RouteFilter, type RouteRule } from './mirror-match.ts';

export const gatewayMirrorRouter: MirrorRouter = {
  kinds: GATEWAY_API_KINDS,
  examine,
  on: (object, form) => toOn(FAMILY, rulesOf(object), form),
  off: (object, form) => strip(FAMILY, rulesOf(object), form).operations,
  isOn: (object, form) => isOn(FAMILY, rulesOf(object), form),
};

const FAMILY: RuleFamily<RouteRule> = {
  list: '/spec/rules',
  isExtra: (rule, { spec }) => isExtraName(rule.name, spec.name),
  isNamelessExtra: (rule, { spec, shape }) => shape === 'rules' && rule.name === undefined && isMirroredBy(rule, spec),
  isAffected: (rule, form) => isMeant(rule, form.spec) && weightOfFrom(rule, form.spec) > 0,
  isMarked: (rule, { spec }) => isMirroredBy(rule, spec),
  mark: (rule, { spec }) => ({ ...rule, filters: [...(rule.filters ?? []), mirrorFilter(spec)] }),
  unmark,
  extra,
};

function rulesOf(object: KubeObject): RouteRule[] {
  return (object.spec as { rules?: RouteRule[] } | undefined)?.rules ?? [];
}

function isMeant({ name }: RouteRule, { route }: MirrorSpec): boolean {
  return !route.rules || (name !== undefined && route.rules.includes(name));
}

/** An omitted weight means 1. */
function weightOfFrom({ backendRefs = [] }: RouteRule, { from, route }: MirrorSpec): number {
  return backendRefs
    .filter((backend) => isBackend(backend, from, route.namespace))
    .reduce((sum, { weight = 1 }) => sum + weight, 0);
}

function isBackend(backend: BackendRef, wanted: Destination, namespace: string): boolean {
  const service = serviceOf(wanted.host, namespace);
  if (!service || (backend.kind ?? 'Service') !== 'Service' || (backend.group ?? '') !== '') return false;
  const samePort = wanted.port === undefined || backend.port === wanted.port;
  return samePort && backend.name === service.name && (backend.namespace ?? namespace) === service.namespace;
}

/** With every field that the API server would fill in, so that what is read back is what was written. */
function mirrorFilter({ to, percent, route }: MirrorSpec): RouteFilter {
  const service = serviceOf(to.host, route.namespace);
  const elsewhere = service && service.namespace !== route.namespace ? { namespace: service.namespace } : {};
  const port = to.port === undefined ? {} : { port: to.port };
  const backendRef: BackendRef = { group: '', kind: 'Service', name: service?.name ?? to.host, ...elsewhere, ...port };
  return { type: 'RequestMirror', requestMirror: { backendRef, percent } };
}

function isMirroredBy({ filters = [] }: RouteRule, spec: MirrorSpec): boolean {
  return filters.some((filter) => isOurs(filter, spec));
}

function isOurs(filter: RouteFilter, { to, percent, route }: MirrorSpec): boolean {
  const { backendRef, percent: share, fraction } = filter.requestMirror ?? {};
  return backendRef !== undefined && isBackend(backendRef, to, route.namespace) && share === percent && !fraction;
}

/** A list that was not there before is not there afterwards; see `shapeOf` for an empty one. */
function unmark(rule: RouteRule, { spec }: MirrorForm): RouteRule {
  const { filters = [], ...rest } = rule;
  const others = filters.filter((filter) => !isOurs(filter, spec));
  return others.length > 0 ? { ...rest, filters: others } : rest;
}

function extra(rule: RouteRule, { spec }: MirrorForm, name: string): Extra<RouteRule> {
  const narrowed = narrowRouteMatches(rule, spec);
  if (narrowed.kind !== 'matches') return narrowed;
  const copy = structuredClone(rule);
  const filters = [...(copy.filters ?? []), mirrorFilter(spec)];
  return { kind: 'rule', rule: { ...copy, name, matches: narrowed.matches, filters } };
}

function examine(object: KubeObject, spec: MirrorSpec): ReturnType<MirrorRouter['examine']> {
  const where = `${spec.route.kind} ${spec.route.namespace}/${spec.route.name}`;
  const twin = isClaimedBy(object, spec) ? -1 : rulesOf(object).findIndex((rule) => isMirroredBy(rule, spec));
  if (twin >= 0) return { problems: [foreignMirror(`${where} spec.rules[${twin}]`, spec.to.host)], shape: 'rules' };
  const { rules } = strip(FAMILY, rulesOf(object), { spec, shape: leftOverShape(object, spec) });
  const form: MirrorForm = { spec, shape: shapeOf(rules, spec) };
  const affected = rules.flatMap((rule, index) => (FAMILY.isAffected(rule, form) ? [{ rule, index }] : []));
  const problems = [
    ...kindProblems(where, spec),
    ...missingRules(where, rules, spec),
    ...(affected.length === 0 ? [noRule(where, spec)] : []),
    ...affected.flatMap(({ index }) => ruleProblems(`${where} spec.rules[${index}]`, rules, index, form)),
    ...planProblems(
      where,
      object,
      rules,
      affected.map(({ rule }) => rule),
    ),
  ];
  if (problems.length === 0 && !add(FAMILY, rules, form)) problems.push(nothingMatches(where, spec));
  return { problems, shape: form.shape };
}

/** A filter on the rule itself only where nothing can be taken for ours that is not. */
function shapeOf(rules: RouteRule[], spec: MirrorSpec): MirrorForm['shape'] {
  const mirrored = rules.some(
    ({ filters }) => filters?.length === 0 || filters?.some(({ type }) => type === 'RequestMirror'),
  );
  return isPlain(spec) && !mirrored ? 'fields' : 'rules';
}

function kindProblems(where: string, spec: MirrorSpec): Problem[] {
  if (spec.route.kind === 'GRPCRoute' && !isPlain(spec)) {
    const problem = 'every gRPC call is a POST, and its matches know no paths';
    return [{ where, problem, remedy: 'allow unsafe methods and leave the match out, or mirror an HTTPRoute' }];
  }
  return [];
}

function missingRules(where: string, rules: RouteRule[], { route }: MirrorSpec): Problem[] {
  const names = rules.flatMap(({ name }) => name ?? []);
  return (route.rules ?? [])
    .filter((name) => !names.includes(name))
    .map((name) => ({
      where,
      problem: `no rule is named "${name}"; ${names.length > 0 ? `there are ${names.join(', ')}` : 'none has a name'}`,
      remedy: 'correct the name, or name no rule and mirror all that route there',
    }));
}

function noRule(where: string, { from }: MirrorSpec): Problem {
  const problem = `no rule that is meant routes users to ${describeDestination(from)}`;
  return { where, problem, remedy: 'mirror from a Service that has a weight above 0' };
}

function nothingMatches(where: string, { from }: MirrorSpec): Problem {
  const problem = `no request that goes to ${describeDestination(from)} can meet the conditions: its rules match other methods, paths or headers`;
  return { where, problem, remedy: 'widen the conditions, or copy unsafe methods too' };
}

function foreignMirror(where: string, name: string): Problem {
  return { where, problem: `already mirrors to ${name}`, remedy: 'remove that mirror first' };
}

function ruleProblems(where: string, rules: RouteRule[], index: number, form: MirrorForm): Problem[] {
  const rule = rules[index] ?? {};
  const mirror = rule.filters?.find(({ type }) => type === 'RequestMirror')?.requestMirror?.backendRef;
  if (mirror) return [foreignMirror(where, mirror.name ?? 'another backend')];
  if (form.shape === 'fields') return [];
  const narrowed = narrowRouteMatches(rule, form.spec);
  if (narrowed.kind === 'impossible') {
    const problem = `cannot carry the conditions: ${narrowed.why}`;
    return [{ where, problem, remedy: 'leave that condition out' }];
  }
  const other =
    narrowed.kind === 'matches'
      ? overtaken(rules, index, narrowed.matches, (one) => FAMILY.isAffected(one, form))
      : undefined;
  if (other === undefined) return [];
  const problem = `cannot carry the conditions: the more specific match would take requests from spec.rules[${other}], as the Gateway API goes by specificity and not by order`;
  const remedy =
    'mirror everything (allow unsafe methods, leave the match out), or mirror where the rules do not overlap';
  return [{ where, problem, remedy }];
}

/** A plan that is not at rest steers these rules; two hands on one wheel are refused. */
function planProblems(where: string, object: KubeObject, rules: RouteRule[], affected: RouteRule[]): Problem[] {
  const owner = annotation(object, OWNER);
  if (owner === undefined) return [];
  const remedy = `wait until the rollout of ${owner} is over, or abort it`;
  const split = affected.some(({ backendRefs = [] }) => backendRefs.filter(({ weight = 1 }) => weight > 0).length > 1);
  const rule = rules.find(({ name }) => name?.startsWith('sluice-'));
  if (split) return [{ where, problem: `plan ${owner} is not at rest: it splits users between two Services`, remedy }];
  return rule ? [{ where, problem: `plan ${owner} is not at rest: its rule ${rule.name} is there`, remedy }] : [];
}
