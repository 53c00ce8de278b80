import { formatPath } from '../../plan/problem.ts';
import { Field } from './field.ts';
import { type ImportRow, type Ledger, nameOf } from './ledger.ts';
import { type Need, needed } from './needs.ts';
import type { SourceObject } from './objects.ts';
import type { LooseTree } from './tree.ts';

/** Why no plan is written. */
export interface ImportRefusal extends Pick<ImportRow, 'object' | 'file' | 'line' | 'column' | 'path'> {
  message: string;
  remedy: string;
  /** Part of a plan that this version lacks; absent: no version will have it. */
  need?: Need;
  /** The controller itself takes the source for a mistake. */
  rejected?: true;
}

export interface ImportOptions {
  /** Of objects that name none. */
  namespace: string;
  /** `NAMESPACE/NAME` or `NAME` of the Gateway that routes from an Ingress get. */
  gateway?: string;
  abilities: ReadonlySet<string>;
}

/** One Canary or Rollout on its way into a plan, and the objects beside it. */
export interface ImportCase {
  source: Field;
  name: string;
  namespace: string;
  options: ImportOptions;
  companions: LooseTree[];
  refusals: ImportRefusal[];
  /** The object of this name; one without a namespace is in any. */
  find(kind: string, name: string | undefined, namespace?: string): Field | undefined;
  all(kind: string): Field[];
  /** From here on every field of the object has a line. */
  open(field: Field): Field;
}

export function createCase(
  source: SourceObject,
  { objects, ledger, options }: { objects: readonly SourceObject[]; ledger: Ledger; options: ImportOptions },
): ImportCase {
  const namespace = source.namespace ?? namespaceOf(source, objects) ?? options.namespace;
  const fieldOf = (object: SourceObject) => new Field(object, ledger, { path: [], value: object.value });
  const all = (kind: string) => objects.filter((object) => object.kind === kind).map(fieldOf);
  const open = (field: Field) => {
    ledger.open(field.object);
    return field;
  };
  return {
    source: open(fieldOf(source)),
    name: source.name,
    namespace,
    options,
    companions: [],
    refusals: [],
    all,
    open,
    find: (kind, name, within = namespace) => {
      const named = all(kind).filter(({ object }) => object.name === name);
      return named.find(({ object }) => object.namespace === within) ?? named.find(({ object }) => !object.namespace);
    },
  };
}

/** A Canary without a namespace lies where its Deployment does. */
function namespaceOf({ value, file }: SourceObject, objects: readonly SourceObject[]): string | undefined {
  const target = new Map(Object.entries((value.spec as LooseTree | undefined) ?? {})).get('targetRef') as
    | LooseTree
    | undefined;
  return objects.find((object) => object.file === file && object.kind === target?.kind && object.name === target?.name)
    ?.namespace;
}

export function refuse({ refusals }: ImportCase, at: Field, message: string, remedy: string): void {
  refusals.push({ ...placeOf(at), message, remedy });
}

/** Refuses what the controller itself rejects. */
export function reject({ refusals }: ImportCase, at: Field, message: string, remedy: string): void {
  refusals.push({ ...placeOf(at), message: `${message}, so the controller rejects it`, remedy, rejected: true });
}

/** Refuses what this version's plans cannot say, and says which part they lack. */
export function require({ refusals, options }: ImportCase, need: Need, at: Field): void {
  if (options.abilities.has(need)) return;
  refusals.push({ ...placeOf(at), need, ...needed(need) });
}

function placeOf({ object, path }: Field): Pick<ImportRow, 'object' | 'file' | 'line' | 'column' | 'path'> {
  return { object: nameOf(object), file: object.file, ...object.placeOf(path), path: formatPath(path) };
}

export function metadataOf(
  { namespace }: Pick<ImportCase, 'namespace'>,
  name: string,
): { name: string; namespace: string } {
  return { name, namespace };
}
