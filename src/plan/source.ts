/** YAML (or JSON, its subset) with places: what stands where, so that every problem can name its line. */
import {
  CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { PlanProblem } from './problem.ts';

export const MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 30;
const MAX_ALIASES = 50;
export const MAX_PROBLEMS = 100;
/** The parser quotes what it cannot read; longest part that is repeated, characters. */
const MAX_SAID = 200;
const MAX_ENTRIES = 5_000;
const ENTRY_TOKENS = new Set<CST.TokenType>(['map-value-ind', 'seq-item-ind', 'comma', 'alias', 'anchor']);

interface Place {
  line: number;
  column: number;
}

export interface ParsedSource {
  value: unknown;
  /** Place of the value at `path`, or of the nearest section around it when there is none. */
  placeOf(path: readonly PropertyKey[]): Place;
  /** Place of the key `key` in the section at `path`. */
  placeOfKey(path: readonly PropertyKey[], key: string): Place;
}

type SourceProblem = Omit<PlanProblem, 'file'> & Place;

/** `value`: what it says nevertheless. */
interface Unreadable {
  problems: SourceProblem[];
  value?: unknown;
}

/** YAML 1.2 core schema: no merge keys, no tags of its own, no second document, no repeated keys. */
export function readSource(text: string): ParsedSource | Unreadable {
  const start = { line: 1, column: 1 };
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return fail(start, `the file is larger than ${MAX_BYTES / 1024} KiB`, 'write one plan per file');
  }
  const refusal = unreadable(text);
  if (refusal) return fail(start, ...refusal);
  const lines = new LineCounter();
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines });
  const place = (offset: number) => placeAt(lines, offset);
  const mistakes = [...document.errors, ...document.warnings];
  if (mistakes.length > 0) {
    const problems = mistakes
      .slice(0, MAX_PROBLEMS)
      .map(({ code, message, pos }) => ({ ...place(pos[0]), path: '', ...explain(code, message) }));
    return { problems };
  }
  if (document.contents === null) return fail(start, 'the file is empty', 'write a plan');
  const deep = deepNode(document);
  if (deep) return fail(place(deep.range?.[0] ?? 0), ...TOO_DEEP);
  return toSource(document, place);
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  uniqueKeys: true,
  strict: true,
  prettyErrors: false,
  stringKeys: true,
} as const;

const TOO_DEEP = [`nested deeper than ${MAX_DEPTH} levels`, 'a plan needs no more than ten'] as const;

/** Aliases are short; what they stand for counts as often as it is used. */
const TOO_LARGE = [
  `with its aliases written out the file is larger than ${MAX_BYTES / 1024} KiB`,
  'use fewer aliases, and less below each',
] as const;

function fail(place: Place, message: string, remedy: string): Unreadable {
  return { problems: [{ ...place, path: '', message, remedy }] };
}

function toSource(document: Document.Parsed, place: (offset: number) => Place): ParsedSource | Unreadable {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (JSON.stringify(value).length > MAX_BYTES) return { ...fail({ line: 1, column: 1 }, ...TOO_LARGE), value };
    return {
      value,
      placeOf: (path) => place(offsetOf(document, path)),
      placeOfKey: (path, key) => place(offsetOfKey(document, path, key)),
    };
  } catch (error) {
    // what stands in itself has no end, written out
    if (error instanceof TypeError) return fail({ line: 1, column: 1 }, ...TOO_LARGE);
    if (!(error instanceof ReferenceError)) throw error;
    return fail({ line: 1, column: 1 }, 'too many aliases', 'write the values out');
  }
}

/**
 * What the parser would spend long on, seen by the lexer alone: it compares every key with every other, nested "?" keys cost it the
 * square of their number, and nested brackets a second.
 */
function unreadable(text: string): readonly [message: string, remedy: string] | undefined {
  let [entries, depth] = [0, 0];
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'explicit-key-ind') return ['"?" keys are not allowed', 'write "key: value"'];
    if (type && ENTRY_TOKENS.has(type)) entries += 1;
    if (type === 'flow-seq-start' || type === 'flow-map-start') depth += 1;
    if (type === 'flow-seq-end' || type === 'flow-map-end') depth -= 1;
    if (depth > 3 * MAX_DEPTH) return TOO_DEEP;
    if (entries > MAX_ENTRIES) return [`more than ${MAX_ENTRIES} entries`, 'write one plan per file'];
  }
  return undefined;
}

/** The first node below the permitted depth. */
function deepNode(document: Document.Parsed): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Collection(_key, node, ancestors) {
      if (ancestors.filter(isCollection).length < MAX_DEPTH) return undefined;
      found = node;
      return visit.BREAK;
    },
  });
  return found;
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const node = document.getIn(part, true);
    if (isCollection(node) && typeof part.at(-1) === 'string')
      return offsetOfKey(document, part.slice(0, -1), String(part.at(-1)));
    if (isScalar(node) || isCollection(node) || isAlias(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}

function offsetOfKey(document: Document.Parsed, path: readonly PropertyKey[], key: string): number {
  const parent = path.length === 0 ? document.contents : document.getIn([...path], true);
  const pair = isMap(parent)
    ? parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
    : undefined;
  return isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : offsetOf(document, path);
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function explain(code: string, message: string): { message: string; remedy: string } {
  if (code === 'DUPLICATE_KEY') return { message: 'this key stands here twice', remedy: 'remove one of the two' };
  if (code === 'RESOURCE_EXHAUSTION') return { message: TOO_DEEP[0], remedy: TOO_DEEP[1] };
  if (code === 'MULTIPLE_DOCS') return { message: 'a second document begins here', remedy: 'write one plan per file' };
  if (code === 'TAG_RESOLVE_FAILED')
    return { message: 'tags are not allowed', remedy: 'remove the word that begins with "!"' };
  if (code === 'TAB_AS_INDENT') return { message: 'a tab indents this line', remedy: 'indent with spaces' };
  if (code === 'NON_STRING_KEY') return { message: 'this key is not text', remedy: 'write it in quotes' };
  const [first = ''] = message.slice(0, MAX_SAID).split('\n');
  return { message: `not readable as YAML: ${first}`, remedy: 'correct the syntax' };
}
