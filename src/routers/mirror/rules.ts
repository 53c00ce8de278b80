/** Turning a mirror on and off in a list of rules, the same for every kind of route. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { MirrorSpec } from '../../contract/mirror.ts';
import type { MirrorPlacement } from '../../contract/mirror-activities.ts';
import type { PatchOperation } from '../../kubernetes/client/client.ts';

/** What is written: the request with its target as the route says it, and where the mirror goes. */
export interface MirrorForm {
  spec: MirrorSpec;
  shape: MirrorPlacement['shape'];
}

/** A copy of a rule that carries the mirror and its conditions. */
export type Extra<R> =
  | { kind: 'rule'; rule: R }
  /** no request of the rule meets the conditions */
  | { kind: 'never' }
  | { kind: 'impossible'; why: string };

/** What a kind of route has to know about one of its rules. */
export interface RuleFamily<R extends object> {
  /** JSON pointer of the list, for example `/spec/http`. */
  list: string;
  /** The rule is one that a mirror of this name added. */
  isExtra(rule: R, form: MirrorForm): boolean;
  /** The same where the cluster drops names of rules; asked only when none has the name. */
  isNamelessExtra?(rule: R, form: MirrorForm): boolean;
  /** It routes to `from` with a weight above 0, and is one of the rules that are meant. */
  isAffected(rule: R, form: MirrorForm): boolean;
  /** The rule itself carries this very mirror. */
  isMarked(rule: R, form: MirrorForm): boolean;
  mark(rule: R, form: MirrorForm): R;
  unmark(rule: R, form: MirrorForm): R;
  extra(rule: R, form: MirrorForm, name: string): Extra<R>;
}

export interface Edit<R> {
  rules: R[];
  /** From the rules given to the rules returned. */
  operations: PatchOperation[];
}

/** `sluice-mirror-<name>`; further ones end in `.2`, `.3` … */
function extraName(mirror: string, index: number): string {
  return `sluice-mirror-${mirror}${index === 0 ? '' : `.${index + 1}`}`;
}

export function isExtraName(name: unknown, mirror: string): boolean {
  const base = extraName(mirror, 0);
  return (
    typeof name === 'string' &&
    (name === base || (name.startsWith(`${base}.`) && /^\d+$/.test(name.slice(base.length + 1))))
  );
}

/** Everything of this mirror taken away. */
export function strip<R extends object>(family: RuleFamily<R>, rules: readonly R[], form: MirrorForm): Edit<R> {
  const operations: PatchOperation[] = [];
  const kept: R[] = [];
  const extras = extrasOf(family, rules, form);
  for (const [index, rule] of [...rules.entries()].reverse()) {
    const path = `${family.list}/${index}`;
    if (extras.includes(rule)) {
      operations.push({ op: 'remove', path });
      continue;
    }
    const bare = form.shape === 'fields' && family.isMarked(rule, form) ? family.unmark(rule, form) : rule;
    operations.push(...fieldOperations(path, rule, bare));
    kept.unshift(bare);
  }
  return { rules: kept, operations };
}

function extrasOf<R extends object>(family: RuleFamily<R>, rules: readonly R[], form: MirrorForm): R[] {
  const named = rules.filter((rule) => family.isExtra(rule, form));
  return named.length > 0 ? named : rules.filter((rule) => family.isNamelessExtra?.(rule, form));
}

/** The mirror added to rules without it. @returns undefined when no rule can carry it */
export function add<R extends object>(
  family: RuleFamily<R>,
  rules: readonly R[],
  form: MirrorForm,
): Edit<R> | undefined {
  const operations: PatchOperation[] = [];
  const all: R[] = [];
  let count = 0;
  for (const rule of rules) {
    const affected = family.isAffected(rule, form);
    if (affected && form.shape === 'rules') {
      const extra = family.extra(rule, form, extraName(form.spec.name, count));
      if (extra.kind === 'impossible') return undefined;
      if (extra.kind === 'rule') {
        operations.push({ op: 'add', path: `${family.list}/${all.length}`, value: extra.rule });
        all.push(extra.rule);
        count += 1;
      }
    }
    const next = affected && form.shape === 'fields' ? family.mark(rule, form) : rule;
    if (next !== rule) count += 1;
    operations.push(...fieldOperations(`${family.list}/${all.length}`, rule, next));
    all.push(next);
  }
  return count > 0 ? { rules: all, operations } : undefined;
}

/** The rules say exactly this mirror, and the copies of rules still equal what they are copies of. */
export function isOn<R extends object>(family: RuleFamily<R>, rules: readonly R[], form: MirrorForm): boolean {
  return isDeepStrictEqual(add(family, strip(family, rules, form).rules, form)?.rules, rules);
}

/** From the rules as they are to the mirror, `[]` when it is on already. @returns undefined when no rule can carry it */
export function toOn<R extends object>(
  family: RuleFamily<R>,
  rules: readonly R[],
  form: MirrorForm,
): PatchOperation[] | undefined {
  const bare = strip(family, rules, form);
  const mirrored = add(family, bare.rules, form);
  if (!mirrored || isDeepStrictEqual(mirrored.rules, rules)) return mirrored && [];
  return [...bare.operations, ...mirrored.operations];
}

function fieldOperations(path: string, before: object, after: object): PatchOperation[] {
  if (before === after) return [];
  const old = before as Record<string, unknown>;
  const now = after as Record<string, unknown>;
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return keys.flatMap((key): PatchOperation[] => {
    if (isDeepStrictEqual(old[key], now[key])) return [];
    if (now[key] === undefined) return [{ op: 'remove', path: `${path}/${key}` }];
    return [{ op: old[key] === undefined ? 'add' : 'replace', path: `${path}/${key}`, value: now[key] }];
  });
}
