/** Mirrors for their own sake, and what forbids them, in words; the same for every family. Pure. */
import { describeDestination, isPlain, type MirrorSpec } from '../../contract/mirror.ts';
import type { Problem } from '../../contract/offer.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import { annotation, OWNER } from '../../kubernetes/objects/annotations.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import type { MirrorForm, MirrorRouter, MirrorTargets } from '../contract.ts';
import { isClaimedBy } from './claims.ts';
import { type MirrorFamily, MirrorRules } from './mirror-rules.ts';
import { placeOf, rulesOf } from './rules.ts';
import { missingRules } from './rules-check.ts';

const MISSING_REMEDY = 'correct the name, or name no rule and mirror all that route there';

/** On a family of routes whose rules stand in a list. */
export function mirrorRouter<R extends { name?: string }, M>(
  family: MirrorFamily<R, M>,
  targets?: MirrorTargets,
): MirrorRouter {
  const rules = new MirrorRules(family);
  return {
    examine: (object, spec) => examineMirror(rules, object, spec),
    on: (object, form) => rules.on(object, form),
    off: (object, form) => rules.off(object, form),
    isOn: (object, form) => rules.isOn(object, form),
    targets,
  };
}

/** What is left of an earlier run of the same name is no problem; and where the mirror goes. */
function examineMirror<R extends { name?: string }, M>(
  mirrors: MirrorRules<R, M>,
  object: KubeObject,
  spec: MirrorSpec,
): ReturnType<MirrorRouter['examine']> {
  const { list, dropsNames, isMarked, isOccupied } = mirrors.family;
  const claimed = isClaimedBy(object, spec);
  const stranger = claimed || !dropsNames ? -1 : rulesOf<R>(object, list).findIndex((rule) => isMarked(rule, spec));
  if (stranger >= 0) return { problems: [already(placeIn(list, spec, stranger), spec.to.host)], shape: 'rules' };
  // fields are only taken for ours under our own claim, and only written where nothing can be taken for ours that is not
  const rules = mirrors.stripped(object, { spec, shape: isPlain(spec) && claimed ? 'fields' : 'rules' });
  const form: MirrorForm = { spec, shape: isPlain(spec) && !rules.some(isOccupied) ? 'fields' : 'rules' };
  const problems = formProblems(mirrors, object, rules, form);
  if (problems.length === 0 && !mirrors.add(rules, form)) problems.push(nothingMatches(spec));
  return { problems, shape: form.shape };
}

/** @param rules those of the object without this mirror */
function formProblems<R extends { name?: string }, M>(
  mirrors: MirrorRules<R, M>,
  object: KubeObject,
  rules: R[],
  form: MirrorForm,
): Problem[] {
  const { family } = mirrors;
  const { spec } = form;
  const where = describeRef(spec.route);
  const refused = family.refuses?.(spec);
  const affected = rules.filter((rule) => mirrors.isAffected(rule, spec));
  return [
    ...(refused ? [{ where, ...refused }] : []),
    ...missingRules(where, family.called, rules, spec.route.rules, MISSING_REMEDY),
    ...(affected.length === 0 ? [noRule(where, family.called, family.target, spec)] : []),
    ...rules.flatMap((rule, index) => (affected.includes(rule) ? ruleProblems(mirrors, rules, index, form) : [])),
    ...planProblems(where, object, rules, affected.some(family.isSplit) ? family.target : undefined),
  ];
}

function placeIn(list: string, { route }: MirrorSpec, index: number): string {
  return `${describeRef(route)} ${placeOf({ list, index })}`;
}

function already(where: string, target: string): Problem {
  return { where, problem: `already mirrors to ${target}`, remedy: 'remove that mirror first' };
}

function noRule(where: string, called: string, target: string, { from }: MirrorSpec): Problem {
  const problem = `no ${called} that is meant routes users to ${describeDestination(from)}`;
  return { where, problem, remedy: `mirror from a ${target} that has a weight above 0` };
}

function nothingMatches({ route, from }: MirrorSpec): Problem {
  const problem = `no request that goes to ${describeDestination(from)} can meet the conditions: its rules match other methods, paths or headers`;
  return { where: describeRef(route), problem, remedy: 'widen the conditions, or copy unsafe methods too' };
}

function ruleProblems<R extends { name?: string }, M>(
  mirrors: MirrorRules<R, M>,
  rules: R[],
  index: number,
  { spec, shape }: MirrorForm,
): Problem[] {
  const { family } = mirrors;
  const rule = rules[index] as R;
  const where = placeIn(family.list, spec, index);
  const other = family.mirrorsTo(rule, spec);
  if (other !== undefined) return [already(where, other)];
  if (shape === 'fields') return [];
  const narrowed = family.narrow(rule, spec);
  const isMirrored = (one: R) => mirrors.isAffected(one, spec);
  const why =
    narrowed.kind === 'impossible'
      ? { problem: narrowed.why, remedy: 'leave that condition out' }
      : narrowed.kind === 'matches' && family.conflict?.(rules, index, narrowed.matches, isMirrored);
  return why ? [{ where, problem: `cannot carry the conditions: ${why.problem}`, remedy: why.remedy }] : [];
}

/** A plan that is not at rest steers these rules; two hands on one wheel are refused. @param split what users are shared between */
function planProblems(
  where: string,
  object: KubeObject,
  rules: { name?: string }[],
  split: string | undefined,
): Problem[] {
  const owner = annotation(object, OWNER);
  const rule = rules.find(({ name }) => name?.startsWith('sluice-'));
  if (owner === undefined || !(split || rule)) return [];
  const why = split ? `it splits users between two ${split}s` : `its rule ${rule?.name} is there`;
  const remedy = `wait until the rollout of ${owner} is over, or abort it`;
  return [{ where, problem: `plan ${owner} is not at rest: ${why}`, remedy }];
}
