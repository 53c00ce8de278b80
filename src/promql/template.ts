/**
 * PromQL that carries values of others: quoting, and the queries of plans with their variables. Pure; knows Prometheus' own grammar
 * and nothing else.
 */
import { parser } from '@prometheus-io/lezer-promql';
import { badEscape, decode, endsBetweenParts } from './literal.ts';

/**
 * Variables that every query knows:
 * - `namespace`, `workload` (the Deployment), `service`: of the side that is asked about, canary or primary
 * - `revision`: the label `pod-template-hash` of its pods
 * - `pods`: a pattern of its pods
 * - `interval`: the length of the check interval, as a duration
 */
export const BUILT_IN = ['namespace', 'workload', 'service', 'revision', 'pods', 'interval'] as const;

/** The one that is a duration, the one that is a pattern. */
export const INTERVAL = 'interval';
export const PODS = 'pods';

/** `{{name}}` in a query. */
export interface Placeholder {
  name: string;
  from: number;
  to: number;
  /** Where it stands: in the value of a label matcher, inside a part of its pattern, as a whole duration, or where none may stand. */
  place: 'value' | 'patternPart' | 'duration' | 'elsewhere';
  /** Of a value: the matcher compares with a pattern; and the literal's quote. */
  pattern: boolean;
  quote: string;
  /** In a pattern: what stands around it would take a part of the value only. */
  group: boolean;
}

/** First place that is no PromQL, and whether that is a backslash, braces without a name, or the grammar. */
export interface TemplateError {
  at: number;
  of: 'escape' | 'braces' | 'grammar';
}

export interface Template {
  placeholders: Placeholder[];
  error?: TemplateError;
}

interface Literal {
  from: number;
  to: number;
  /** Of a label matcher: how it compares. */
  matches?: 'text' | 'pattern';
}

const PLACEHOLDER = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;
const CLOSED = /^(?:"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|`[^`]*`)$/;

/** Takes a query apart. Stand-ins as long as the placeholders keep every position what it is in the plan. */
export function readTemplate(text: string): Template {
  const masked = text.replace(PLACEHOLDER, standIn);
  const { literals, durations, grammarError } = readTree(masked);
  const placeholders = [...text.matchAll(PLACEHOLDER)].map(({ 0: all, 1: name = '', index: from }): Placeholder => {
    const base = { name, from, to: from + all.length, pattern: false, quote: '', group: false };
    const literal = literals.find((range) => range.from <= from && base.to <= range.to);
    if (literal?.matches) return { ...base, ...inValue(masked, base, literal) };
    const alone = durations.some((range) => range.from === from && range.to === base.to);
    return { ...base, place: alone ? 'duration' : 'elsewhere' };
  });
  return { placeholders, error: errorOf(masked, literals, grammarError) };
}

function readTree(query: string) {
  const literals: Literal[] = [];
  const durations: { from: number; to: number }[] = [];
  let grammarError: number | undefined;
  parser.parse(query).iterate({
    enter: ({ name, type, from, to, node }) => {
      if (type.isError) grammarError ??= from;
      if (name === 'NumberDurationLiteralInDurationContext') durations.push({ from, to });
      if (name !== 'StringLiteral') return;
      // The grammar takes literals that a line break or the end leaves open; Prometheus does not.
      if (!CLOSED.test(query.slice(from, to))) grammarError ??= from;
      const operator = node.prevSibling;
      const isPattern = operator && query.slice(operator.from, operator.to).includes('~');
      literals.push({ from, to, ...(operator?.name === 'MatchOp' && { matches: isPattern ? 'pattern' : 'text' }) });
    },
  });
  return { literals, durations, grammarError };
}

function inValue(
  masked: string,
  { name, from, to }: { name: string; from: number; to: number },
  literal: Literal,
): Pick<Placeholder, 'place' | 'pattern' | 'quote' | 'group'> {
  const quote = masked[literal.from] ?? '';
  if (literal.matches !== 'pattern') return { place: 'value', pattern: false, quote, group: false };
  const before = decode(masked.slice(literal.from + 1, from), quote);
  const isWhole = literal.from + 1 === from && to === literal.to - 1;
  return {
    place: endsBetweenParts(before) ? 'value' : 'patternPart',
    pattern: true,
    quote,
    group: (name === PODS && !isWhole) || /^[*+?{]/.test(decode(masked.slice(to, literal.to - 1), quote)),
  };
}

function errorOf(masked: string, literals: Literal[], grammarError: number | undefined): TemplateError | undefined {
  const braces = masked.indexOf('{{');
  if (braces >= 0) return { at: braces, of: 'braces' };
  if (grammarError !== undefined) return { at: grammarError, of: 'grammar' };
  for (const { from, to } of literals) {
    const bad = badEscape(masked.slice(from + 1, to - 1), masked[from] ?? '');
    if (bad >= 0) return { at: from + 1 + bad, of: 'escape' };
  }
  return undefined;
}

/** No letter x completes an escape, so that a backslash before a placeholder is a bad one; a duration may begin with zeros. */
function standIn(placeholder: string, name: string): string {
  return name === INTERVAL ? '1s'.padStart(placeholder.length, '0') : 'x'.repeat(placeholder.length);
}
