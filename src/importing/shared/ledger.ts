/**
 * What became of every field. Converters say it field by field; what none of them has said is lost, so nothing is dropped without
 * a line.
 */
import { formatPath } from '../../plan/problem.ts';
import type { SourceObject } from './objects.ts';
import { isSection, isTree, type Path } from './tree.ts';

export interface ImportRow {
  /** `Canary retail/menu` */
  object: string;
  file: string;
  line: number;
  column: number;
  /** `spec.analysis.maxWeight`; empty for the whole object. */
  path: string;
  result: 'kept' | 'changed' | 'lost';
  note: string;
  /** A mistake of the source: what would be right, also for who stays with it. */
  remedy?: string;
}

export interface Ledger {
  /** From here on every field of it has a line. */
  open(object: SourceObject): void;
  /** One field, or with `whole` a section and all below it. */
  claim(
    object: SourceObject,
    path: Path,
    how: Pick<ImportRow, 'result' | 'note' | 'remedy'> & { whole: boolean },
  ): void;
  /** Claims of open objects, and a loss for each field without one; in the order of the files. */
  rows(): ImportRow[];
}

/** Written by the API server: no source of anything. */
const SERVER_FIELDS = [
  ['status'],
  ...['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink', 'ownerReferences'].map(
    (key) => ['metadata', key],
  ),
  ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'],
  ['metadata', 'annotations', 'rollout.argoproj.io/revision'],
];
/** What an object is called and what it is, no setting. */
const IDENTITY = [['apiVersion'], ['kind'], ['metadata', 'name'], ['metadata', 'namespace']];

const UNKNOWN = 'a plan has nothing that stands for it';

export function createLedger(objects: readonly SourceObject[]): Ledger {
  const opened = new Set<SourceObject>();
  const whole = new Map<SourceObject, Set<string>>();
  const single = new Map<SourceObject, Set<string>>();
  const claims: { object: SourceObject; path: Path; row: ImportRow }[] = [];
  const rowOf = (object: SourceObject, path: Path, said: Pick<ImportRow, 'result' | 'note' | 'remedy'>): ImportRow => ({
    object: nameOf(object),
    file: object.file,
    ...object.placeOf(path),
    path: formatPath(path),
    ...said,
  });
  return {
    open: (object) => {
      opened.add(object);
    },
    claim: (object, path, { whole: all, ...said }) => {
      const kind = all ? whole : single;
      kind.set(object, (kind.get(object) ?? new Set()).add(formatPath(path)));
      claims.push({ object, path, row: rowOf(object, path, said) });
    },
    rows: () => {
      const covered = (object: SourceObject, path: Path) =>
        single.get(object)?.has(formatPath(path)) ||
        path.some((_, index) => whole.get(object)?.has(formatPath(path.slice(0, index + 1))));
      const unsaid = [...opened].flatMap((object) =>
        leavesOf(object.value)
          .filter((path) => !covered(object, path) && ![...SERVER_FIELDS, ...IDENTITY].some((one) => begins(path, one)))
          .map((path) => ({ object, path, row: rowOf(object, path, { result: 'lost', note: UNKNOWN }) })),
      );
      const all = [...claims, ...unsaid];
      const place = ({ object, row }: (typeof all)[number]) => objects.indexOf(object) * 1e6 + row.line;
      const rows = all.sort((one, other) => place(one) - place(other)).map(({ row }) => row);
      // What two places use is said once.
      return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
    },
  };
}

export function nameOf({ kind, namespace, name }: SourceObject): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

function leavesOf(value: unknown, path: Path = []): Path[] {
  if (!isSection(value)) return value === undefined ? [] : [path];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((part, index) => [index, part])
    : Object.entries(isTree(value) ? value : {});
  return entries.flatMap(([key, part]) => leavesOf(part, [...path, key]));
}

function begins(path: Path, start: Path): boolean {
  return start.every((key, index) => path[index] === key);
}
