/** Mirrors on VirtualServices: fields of a rule, or an extra rule directly before it. Pure. */

import { describeDestination, isPlain } from '../../contract/mirror.ts';
import type { Problem } from '../../contract/offer.ts';
import { ISTIO_KINDS } from '../../contract/plan.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import { annotation, OWNER } from '../../kubernetes/objects/annotations.ts';
import { leftOverShape, type MirrorRouter } from '../mirror/contract.ts';
import { add, type Extra, isExtraName, isOn, type MirrorForm, type RuleFamily, strip, toOn } from '../mirror/rules.ts';
import { sameHost } from './host.ts';
import { narrowMatches } from './mirror-match.ts';
import type { VirtualService } from './objects.ts';
import { type HttpRule, type IstioDestination, isDestination, MIRROR_FIELDS, readRule } from './rule.ts';

export const istioMirrorRouter: MirrorRouter = {
  kinds: ISTIO_KINDS,
  examine,
  on: (object, form) => toOn(FAMILY, rulesOf(object), form),
  off: (object, form) => strip(FAMILY, rulesOf(object), form).operations,
  isOn: (object, form) => isOn(FAMILY, rulesOf(object), form),
};

const FAMILY: RuleFamily<HttpRule> = {
  list: '/spec/http',
  isExtra: (rule, { spec }) => isExtraName(rule.name, spec.name),
  isAffected: (rule, form) => isMeant(rule, form) && weightOfFrom(rule, form) > 0,
  isMarked,
  mark: (rule, form) => ({ ...rule, ...mirrorFields(rule, form) }),
  unmark: withoutMirror,
  extra,
};

function rulesOf(object: KubeObject): HttpRule[] {
  return (object as VirtualService).spec?.http ?? [];
}

function isMeant({ name }: HttpRule, { spec }: MirrorForm): boolean {
  const { rules } = spec.route;
  return !rules || (name !== undefined && rules.includes(name));
}

/** A single destination gets everything, whatever its weight says. */
function weightOfFrom({ route = [] }: HttpRule, { spec }: MirrorForm): number {
  const own = route.filter(({ destination }) => isDestination(destination, spec.from, spec.route.namespace));
  return route.length === 1 && own.length === 1 ? 100 : own.reduce((sum, { weight = 0 }) => sum + weight, 0);
}

function mirrorFields(rule: HttpRule, { spec }: MirrorForm): Pick<HttpRule, 'mirror' | 'mirrorPercentage'> {
  return { mirror: destinationOf(rule, spec), mirrorPercentage: { value: spec.percent } };
}

/** The target in the rule's own spelling: for the same host the form and the port of the rule's destination. */
function destinationOf(rule: HttpRule, { from, to, route }: MirrorForm['spec']): IstioDestination {
  const { namespace } = route;
  const beside = rule.route?.find(({ destination }) => isDestination(destination, from, namespace))?.destination;
  const alike = beside && sameHost(beside.host, namespace, to.host, namespace) ? beside : undefined;
  const port = to.port === undefined ? alike?.port : { number: to.port };
  return {
    host: alike?.host ?? to.host,
    ...(to.subset === undefined ? {} : { subset: to.subset }),
    ...(port ? { port } : {}),
  };
}

function isMarked(rule: HttpRule, { spec }: MirrorForm): boolean {
  if (!isDestination(rule.mirror, spec.to, spec.route.namespace)) return false;
  const others = MIRROR_FIELDS.some(
    (field) => !['mirror', 'mirrorPercentage'].includes(field) && rule[field] !== undefined,
  );
  return rule.mirrorPercentage?.value === spec.percent && !others;
}

function withoutMirror(rule: HttpRule): HttpRule {
  const entries = Object.entries(rule).filter(([key]) => !MIRROR_FIELDS.some((field) => field === key));
  return Object.fromEntries(entries) as HttpRule;
}

function extra(rule: HttpRule, form: MirrorForm, name: string): Extra<HttpRule> {
  const narrowed = narrowMatches(rule, form.spec);
  if (narrowed.kind !== 'matches') return narrowed;
  const matches = narrowed.matches.filter((match) => Object.keys(match).length > 0);
  const copy = { ...structuredClone(withoutMirror(rule)), ...mirrorFields(rule, form), name };
  return { kind: 'rule', rule: matches.length > 0 ? { ...copy, match: matches } : copy };
}

function examine(object: KubeObject, spec: MirrorForm['spec']): ReturnType<MirrorRouter['examine']> {
  const where = `VirtualService ${spec.route.namespace}/${spec.route.name}`;
  const { rules } = strip(FAMILY, rulesOf(object), { spec, shape: leftOverShape(object, spec) });
  const shape = shapeOf(rules, spec);
  const form: MirrorForm = { spec, shape };
  const affected = rules.flatMap((rule, index) => (FAMILY.isAffected(rule, form) ? [{ rule, index }] : []));
  const problems = [
    ...missingRules(where, rules, spec),
    ...(affected.length === 0 ? [noRule(where, spec)] : []),
    ...affected.flatMap(({ rule, index }) => ruleProblems(`${where} spec.http[${index}]`, rule, form)),
    ...planProblems(
      where,
      object,
      rules,
      affected.map(({ rule }) => rule),
    ),
  ];
  if (problems.length === 0 && !add(FAMILY, rules, form)) problems.push(nothingMatches(where, spec));
  return { problems, shape };
}

/** Fields on the rule itself only where nothing can be taken for ours that is not. */
function shapeOf(rules: HttpRule[], spec: MirrorForm['spec']): MirrorForm['shape'] {
  const mirrored = rules.some((rule) => MIRROR_FIELDS.some((field) => rule[field] !== undefined));
  return isPlain(spec) && !mirrored ? 'fields' : 'rules';
}

function missingRules(where: string, rules: HttpRule[], { route }: MirrorForm['spec']): Problem[] {
  const names = rules.flatMap(({ name }) => name ?? []);
  return (route.rules ?? [])
    .filter((name) => !names.includes(name))
    .map((name) => ({
      where,
      problem: `no http rule is named "${name}"; ${names.length > 0 ? `there are ${names.join(', ')}` : 'none has a name'}`,
      remedy: 'correct the name, or name no rule and mirror all that route there',
    }));
}

function noRule(where: string, { from }: MirrorForm['spec']): Problem {
  const problem = `no http rule that is meant routes users to ${describeDestination(from)}`;
  return { where, problem, remedy: 'mirror from a destination that has a weight above 0' };
}

function nothingMatches(where: string, { from }: MirrorForm['spec']): Problem {
  const problem = `no request that goes to ${describeDestination(from)} can meet the conditions: its rules match other methods, paths or headers`;
  return { where, problem, remedy: 'widen the conditions, or copy unsafe methods too' };
}

function ruleProblems(where: string, rule: HttpRule, form: MirrorForm): Problem[] {
  const { from, to, route } = form.spec;
  const { mirror, foreignMirror } = readRule(rule, { primary: from, canary: to, namespace: route.namespace });
  if (foreignMirror || mirror > 0) {
    const target = describeDestination(foreignMirror ? { host: foreignMirror.host, subset: foreignMirror.subset } : to);
    return [{ where, problem: `already mirrors to ${target}`, remedy: 'remove that mirror first' }];
  }
  if (form.shape === 'fields') return [];
  const made = extra(rule, form, '');
  return made.kind === 'impossible'
    ? [{ where, problem: `cannot carry the conditions: ${made.why}`, remedy: 'leave that condition out' }]
    : [];
}

/** A plan that is not at rest steers these rules; two hands on one wheel are refused. */
function planProblems(where: string, object: KubeObject, rules: HttpRule[], affected: HttpRule[]): Problem[] {
  const owner = annotation(object, OWNER);
  if (owner === undefined) return [];
  const remedy = `wait until the rollout of ${owner} is over, or abort it`;
  const split = affected.some(({ route = [] }) => route.filter(({ weight = 0 }) => weight > 0).length > 1);
  const rule = rules.find(({ name }) => name?.startsWith('sluice-'));
  if (split)
    return [{ where, problem: `plan ${owner} is not at rest: it splits users between two destinations`, remedy }];
  return rule ? [{ where, problem: `plan ${owner} is not at rest: its rule ${rule.name} is there`, remedy }] : [];
}
