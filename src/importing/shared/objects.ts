/** Kubernetes objects as files hold them, with the line of every field. */
import { isAlias, isCollection, isMap, isPair, isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml';
import type { PlanProblem } from '../../plan/index.ts';
import { isTree, type Path, type Tree } from './tree.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_ALIASES = 100;
/** Longest part of the parser's words that is repeated, characters. */
const MAX_SAID = 200;

export interface SourceObject {
  file: string;
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
  value: Tree;
  /** Line of the field, or of the nearest section around it, from 1. */
  lineOf(path: Path): number;
}

/**
 * Every object of a stream of documents; those of a List one by one. What is no object is passed over when it is empty, and a
 * problem otherwise.
 * @param file name shown in problems
 */
export function readObjects(text: string, file: string): { objects: SourceObject[]; problems: PlanProblem[] } {
  const fail = (line: number, message: string, remedy: string): PlanProblem => ({ file, line, column: 1, path: '', message, remedy });
  if (Buffer.byteLength(text) > MAX_BYTES)
    return { objects: [], problems: [fail(1, `more than ${MAX_BYTES / 1024 / 1024} MiB`, 'import fewer files at once')] };
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { merge: true, prettyErrors: false, stringKeys: true, lineCounter: lines });
  const objects: SourceObject[] = [];
  const problems: PlanProblem[] = [];
  for (const document of 'empty' in documents ? [] : documents) {
    const line = (offset: number) => Math.max(1, lines.linePos(offset).line);
    const [error] = document.errors;
    if (error) {
      const said = error.message.slice(0, MAX_SAID).split('\n')[0];
      problems.push(fail(line(error.pos[0]), `not readable as YAML: ${said}`, RENDER_FIRST));
      continue;
    }
    try {
      const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
      const lineOf = (path: Path) => line(offsetOf(document.contents, path));
      const found = unpack(value, { file, lineOf });
      if (found) objects.push(...found);
      else problems.push(fail(lineOf([]), 'this is no Kubernetes object', 'write apiVersion, kind and metadata.name'));
    } catch (failure) {
      if (!(failure instanceof ReferenceError || failure instanceof TypeError)) throw failure;
      problems.push(fail(line(document.range?.[0] ?? 0), 'too many aliases', 'write the values out'));
    }
  }
  return { objects, problems };
}

const RENDER_FIRST = 'correct the syntax; of a chart or an overlay import what helm template or kustomize build prints';

function unpack(value: unknown, at: Pick<SourceObject, 'file' | 'lineOf'>): SourceObject[] | undefined {
  if (value === null) return [];
  if (!isTree(value) || typeof value.kind !== 'string' || typeof value.apiVersion !== 'string') return undefined;
  const { kind, apiVersion, items, metadata } = value;
  if (kind.endsWith('List') && Array.isArray(items)) {
    const all = items.map((item, index) =>
      unpack(item, { ...at, lineOf: (path) => at.lineOf(['items', index, ...path]) }),
    );
    return all.every((part) => part !== undefined) ? all.flat() : undefined;
  }
  const { name, namespace } = isTree(metadata) ? metadata : {};
  if (typeof name !== 'string') return undefined;
  return [{ ...at, apiVersion, kind, name, value, ...(typeof namespace === 'string' && { namespace }) }];
}

function offsetOf(root: unknown, path: Path): number {
  let [node, offset] = [root as Node | null, (root as Node | null)?.range?.[0] ?? 0];
  for (const key of path) {
    if (!isCollection(node)) return offset;
    const pair = isMap(node)
      ? node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
      : undefined;
    const next = node.get(key, true);
    if (isScalar(pair?.key)) offset = pair.key.range?.[0] ?? offset;
    else if (isScalar(next) || isCollection(next) || isAlias(next)) offset = next.range?.[0] ?? offset;
    node = (next as Node | undefined) ?? null;
  }
  return offset;
}
