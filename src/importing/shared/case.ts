import { formatPath } from '../../plan/problem.ts';
import { Field } from './field.ts';
import { type ImportRow, type Ledger, nameOf } from './ledger.ts';
import type { SourceObject } from './objects.ts';
import type { LooseTree } from './tree.ts';

/** Why no plan is written. */
export interface ImportRefusal extends Pick<ImportRow, 'object' | 'file' | 'line' | 'column' | 'path'> {
  message: string;
  remedy: string;
  /** The controller itself takes the source for a mistake. */
  rejected?: true;
}

export interface ImportOptions {
  /** Of objects that name none. */
  namespace: string;
  /** `NAMESPACE/NAME` or `NAME` of the Gateway that routes from an Ingress get. */
  gateway?: string;
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
  /** Those of its namespace, or of none. */
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
  const of = (kind: string) => objects.filter((object) => object.kind === kind);
  const isHere = (object: SourceObject) => object.namespace === undefined || object.namespace === namespace;
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
    all: (kind) => of(kind).filter(isHere).map(fieldOf),
    open,
    find: (kind, name, within = namespace) => {
      const named = of(kind).filter((object) => object.name === name);
      const found = named.find((object) => object.namespace === within) ?? named.find((object) => !object.namespace);
      return found && fieldOf(found);
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

function placeOf({ object, path }: Field): Pick<ImportRow, 'object' | 'file' | 'line' | 'column' | 'path'> {
  return { object: nameOf(object), file: object.file, ...object.placeOf(path), path: formatPath(path) };
}

export function metadataOf(
  { namespace }: Pick<ImportCase, 'namespace'>,
  name: string,
): { name: string; namespace: string } {
  return { name, namespace };
}
