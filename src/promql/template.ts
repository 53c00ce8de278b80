import { parser } from '@prometheus-io/lezer-promql';

/**
 * Variables that every query knows:
 * - `namespace`, `workload` (the Deployment), `service`: of the side that is asked about, canary or primary
 * - `pods`: a pattern of its pods
 * - `interval`: the length of the check interval, as a duration
 */
export const BUILT_IN = ['namespace', 'workload', 'service', 'pods', 'interval'] as const;

/** The one that is a duration, the one that is a pattern. */
export const INTERVAL = 'interval';
export const PODS = 'pods';

/** `{{name}}` in a query. */
export interface Placeholder {
  name: string;
  from: number;
  to: number;
  /** Where it stands: in the value of a label matcher, as a duration, or where none may stand. */
  place: 'value' | 'duration' | 'elsewhere';
  /** Of a value: the matcher compares with a pattern; and the literal's quote. */
  pattern: boolean;
  quote: string;
}

export interface Template {
  placeholders: Placeholder[];
  /** First place that is no PromQL. */
  error?: number;
}

const PLACEHOLDER = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;

/** Takes a query apart. Stand-ins as long as the placeholders keep every position what it is in the plan. */
export function readTemplate(text: string): Template {
  const tree = parser.parse(text.replace(PLACEHOLDER, standIn));
  const literals: { from: number; to: number; pattern: boolean }[] = [];
  const durations: { from: number; to: number }[] = [];
  let error: number | undefined;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) error ??= node.from;
      if (node.name === 'NumberDurationLiteralInDurationContext') durations.push({ from: node.from, to: node.to });
      const operator = node.name === 'StringLiteral' ? node.node.prevSibling : undefined;
      if (operator?.name !== 'MatchOp') return;
      const pattern = text.slice(operator.from, operator.to).includes('~');
      literals.push({ from: node.from, to: node.to, pattern });
    },
  });
  const placeholders = [...text.matchAll(PLACEHOLDER)].map(({ 0: all, 1: name = '', index: from }): Placeholder => {
    const to = from + all.length;
    const holds = (range: { from: number; to: number }) => range.from <= from && to <= range.to;
    const literal = literals.find(holds);
    const place = literal ? 'value' : durations.some(holds) ? 'duration' : 'elsewhere';
    return {
      name,
      from,
      to,
      place,
      pattern: literal?.pattern ?? false,
      quote: literal ? (text[literal.from] ?? '') : '',
    };
  });
  return { placeholders, error };
}

/** Letters are harmless in any string; a duration may begin with zeros. */
function standIn(placeholder: string, name: string): string {
  return name === INTERVAL ? '1s'.padStart(placeholder.length, '0') : 'x'.repeat(placeholder.length);
}
