/** Kubernetes objects as files hold them, with the line of every field. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml';
import type { PlanProblem } from '../../plan/index.ts';
import { isTree, type LooseTree, type Path } from './tree.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_ALIASES = 100;
/** Longest part of the parser's words that is repeated, characters. */
const MAX_SAID = 200;

/** Both from 1. */
interface Place {
  line: number;
  column: number;
}

export interface SourceObject {
  file: string;
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
  value: LooseTree;
  /** Place of the field, or of the nearest section around it. */
  placeOf(path: Path): Place;
}

/**
 * Every object of a stream of documents; those of a List one by one. What is empty is passed over.
 * @param file name shown in problems
 */
export function readObjects(text: string, file: string): { objects: SourceObject[]; problems: PlanProblem[] } {
  const problem = (place: Place, message: string, remedy: string) => ({ file, ...place, path: '', message, remedy });
  if (Buffer.byteLength(text) > MAX_BYTES)
    return { objects: [], problems: [problem(START, 'more than 8 MiB', 'import fewer files at once')] };
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { merge: true, prettyErrors: false, stringKeys: true, lineCounter: lines });
  const read = ('empty' in parsed ? [] : parsed).map((document) => {
    const place = (offset = 0) => {
      const { line, col } = lines.linePos(offset);
      return { line: Math.max(1, line), column: Math.max(1, col) };
    };
    const start = place(document.range?.[0]);
    const [error] = document.errors;
    if (error) {
      const [written] = text.slice(text.lastIndexOf('\n', error.pos[0]) + 1).split('\n', 1);
      const said = written?.includes('{{')
        ? 'here is a template, {{ … }}'
        : error.message.slice(0, MAX_SAID).split('\n')[0];
      return problem(place(error.pos[0]), `not readable as YAML: ${said}`, RENDER_FIRST);
    }
    const value = readValue(document);
    if (value === undefined) return problem(start, 'too many aliases', 'write the values out');
    const found = unpack(value, { file, placeOf: (path) => place(offsetOf(document.contents, path)) });
    return found ?? problem(start, 'this is no Kubernetes object', 'write apiVersion, kind and metadata.name');
  });
  return {
    objects: read.flatMap((one) => (Array.isArray(one) ? one : [])),
    problems: read.flatMap((one) => (Array.isArray(one) ? [] : [one])),
  };
}

const START: Place = { line: 1, column: 1 };

/** @returns undefined: its aliases stand for too much, or for themselves */
function readValue(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof TypeError) return undefined;
    throw error;
  }
}

const RENDER_FIRST = 'correct the syntax; of a chart or an overlay import what helm template or kustomize build prints';

/** What a folder holds beside objects: the files of kustomize. */
const NAMELESS = /^kustomize\.config\.k8s\.io\//;

function unpack(value: unknown, at: Pick<SourceObject, 'file' | 'placeOf'>): SourceObject[] | undefined {
  if (value === null) return [];
  if (!isTree(value) || typeof value.kind !== 'string' || typeof value.apiVersion !== 'string') return undefined;
  const { kind, apiVersion, items, metadata } = value;
  if (kind.endsWith('List') && Array.isArray(items)) {
    const all = items.map((item, index) =>
      unpack(item, { ...at, placeOf: (path) => at.placeOf(['items', index, ...path]) }),
    );
    return all.every((part) => part !== undefined) ? all.flat() : undefined;
  }
  const { name, namespace, generateName } = isTree(metadata) ? metadata : {};
  if (NAMELESS.test(apiVersion) || typeof generateName === 'string') return [];
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
