/** A mirror for its own sake in a list of rules, the same for every family of routes. Pure. */
import type { MirrorSpec } from '../../contract/mirror.ts';
import type { Problem } from '../../contract/offer.ts';
import type { KubeObject, PatchOperation } from '../../kubernetes/client/client.ts';
import type { MirrorForm } from '../contract.ts';
import { fieldOperations, listOperations } from './diff.ts';
import type { Narrowed } from './mirror-conditions.ts';
import { rulesOf } from './rules.ts';

type Words = Pick<Problem, 'problem' | 'remedy'>;

/** What a family has to know about its rules. */
export interface MirrorFamily<R extends { name?: string }, M> {
  /** Field of `spec` with the rules, for example `http`. */
  list: string;
  /** `http rule` */
  called: string;
  /** What is mirrored: `destination`. */
  target: string;
  /** The cluster may drop names of rules: one without, that carries this very mirror, is ours. */
  dropsNames: boolean;
  /** How much of a rule's traffic goes to `from`; 0: nothing. */
  weightOfFrom(rule: R, spec: MirrorSpec): number;
  /** Users are shared between several. */
  isSplit(rule: R): boolean;
  /** The rule itself carries this very mirror. */
  isMarked(rule: R, spec: MirrorSpec): boolean;
  mark(rule: R, spec: MirrorSpec): R;
  unmark(rule: R, spec: MirrorSpec): R;
  /** Something is there already that could be taken for our mark. */
  isOccupied(rule: R): boolean;
  /** What the conditions make of a rule's matches. */
  narrow(rule: R, spec: MirrorSpec): Narrowed<M>;
  /** A copy of a rule that carries the mirror for these matches. */
  extra(rule: R, spec: MirrorSpec, matches: M[]): R;
  /** To whom the rule mirrors already, in words. */
  mirrorsTo(rule: R, spec: MirrorSpec): string | undefined;
  /** Why such a route can carry no such mirror. */
  refuses?(spec: MirrorSpec): Words | undefined;
  /** Why a rule for the matches before `rules[index]` would change what others get. @param isMirrored gets the same conditions */
  conflict?(rules: R[], index: number, matches: M[], isMirrored: (rule: R) => boolean): Words | undefined;
}

export class MirrorRules<R extends { name?: string }, M> {
  readonly family: MirrorFamily<R, M>;

  constructor(family: MirrorFamily<R, M>) {
    this.family = family;
  }

  /** From the object as it is to the mirror; `[]`: it is on. @returns undefined when no rule can carry it */
  on(object: KubeObject, form: MirrorForm): PatchOperation[] | undefined {
    const wanted = this.add(this.stripped(object, form), form);
    return wanted && this.#operations(object, wanted, form);
  }

  /** Takes away everything of this mirror. */
  off(object: KubeObject, form: MirrorForm): PatchOperation[] {
    return this.#operations(object, this.stripped(object, form), form);
  }

  /** The rules say exactly this mirror, and the copies of rules still equal what they are copies of. */
  isOn(object: KubeObject, form: MirrorForm): boolean {
    return this.on(object, form)?.length === 0;
  }

  /** It routes to `from`, and is one of the rules that are meant. */
  isAffected(rule: R, spec: MirrorSpec): boolean {
    const { rules } = spec.route;
    const meant = !rules || (rule.name !== undefined && rules.includes(rule.name));
    return meant && this.family.weightOfFrom(rule, spec) > 0;
  }

  /** The rules without everything of this mirror. */
  stripped(object: KubeObject, form: MirrorForm): R[] {
    const { list, isMarked, unmark } = this.family;
    const rules = rulesOf<R>(object, list);
    const extras = this.#extrasOf(rules, form);
    const others = rules.filter((rule) => !extras.includes(rule));
    if (form.shape === 'rules') return others;
    return others.map((rule) => (isMarked(rule, form.spec) ? unmark(rule, form.spec) : rule));
  }

  /** The mirror added to rules without it. @returns undefined when no rule can carry it */
  add(rules: R[], { spec, shape }: MirrorForm): R[] | undefined {
    const all: R[] = [];
    let count = 0;
    for (const rule of rules) {
      const affected = this.isAffected(rule, spec);
      const marked = affected && shape === 'fields';
      const narrowed = affected && shape === 'rules' ? this.family.narrow(rule, spec) : undefined;
      if (narrowed?.kind === 'impossible') return undefined;
      if (narrowed?.kind === 'matches') {
        const name = extraName(spec.name, count);
        all.push({ ...this.family.extra(rule, spec, narrowed.matches), name });
      }
      if (marked || narrowed?.kind === 'matches') count += 1;
      all.push(marked ? this.family.mark(rule, spec) : rule);
    }
    return count > 0 ? all : undefined;
  }

  #extrasOf(rules: R[], { spec, shape }: MirrorForm): R[] {
    const named = rules.filter(({ name }) => isExtraName(name, spec.name));
    if (named.length > 0 || !this.family.dropsNames || shape === 'fields') return named;
    return rules.filter((rule) => rule.name === undefined && this.family.isMarked(rule, spec));
  }

  #operations(object: KubeObject, wanted: R[], form: MirrorForm): PatchOperation[] {
    const rules = rulesOf<R>(object, this.family.list);
    const extras = new Set([...this.#extrasOf(rules, form), ...this.#extrasOf(wanted, form)]);
    return listOperations(`/spec/${this.family.list}`, rules, wanted, (rule) => extras.has(rule), fieldOperations);
  }
}

/** `sluice-mirror-<name>`; further ones end in `.2`, `.3` … */
function extraName(mirror: string, index: number): string {
  return `sluice-mirror-${mirror}${index === 0 ? '' : `.${index + 1}`}`;
}

function isExtraName(name: string | undefined, mirror: string): boolean {
  const base = extraName(mirror, 0);
  return name === base || (name?.startsWith(`${base}.`) === true && /^\d+$/.test(name.slice(base.length + 1)));
}
