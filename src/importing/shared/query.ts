/** Whether a query tells the canary from the primary, and the query as a plan writes it. */
import { checkQuery, selectorsOf } from '../../promql/index.ts';

/** What the arms are called where a query is written. */
interface ArmNames {
  canary: string[];
  primary: string[];
  /** Variable of a plan that stands for a canary's name. */
  variable: 'workload' | 'service';
}

/** `mistake`: it is of no use to its own controller either. */
type ReadQuery = { query: string; notes: string[] } | { problem: string; mistake: boolean };

const TELLS = /\{\{\s*(?:workload|pods|service|revision)\s*\}\}/;

/**
 * @param text its variables are already those of a plan
 * @returns the query, with literal names of the canary made variables, or why it is of no use
 */
export function readQuery(text: string, names: ArmNames): ReadQuery {
  const selectors = selectorsOf(masked(text));
  if (selectors.length === 0) return { problem: 'its query is a constant, so it looks at nothing', mistake: true };
  const matchers = selectors.flatMap((one) => one.matchers);
  const ofPrimary = ({ value, operator }: (typeof matchers)[number]) =>
    names.primary.some((name) => value === name || (operator.includes('~') && value.startsWith(`${name}-`)));
  if (matchers.some(ofPrimary))
    return { problem: 'its query selects the pods of the primary by a literal name', mistake: true };
  const tells = matchers.some(({ value }) => TELLS.test(value));
  const literal = matchers.filter(({ value, operator }) => operator === '=' && names.canary.includes(value));
  if (!tells && literal.length === 0) return { problem: blind(selectors.map(({ metric }) => metric)), mistake: true };
  const query = tells
    ? text
    : literal.reduceRight((all, { from, to }) => `${all.slice(0, from)}{{${names.variable}}}${all.slice(to)}`, text);
  const [wrong] = checkQuery(query);
  if (wrong) return { problem: `a plan does not take its query: ${wrong.message}`, mistake: false };
  return {
    query,
    notes: tells
      ? []
      : [
          `it names the canary literally, so for the primary it reads the canary again; {{${names.variable}}} in the plan`,
        ],
  };
}

function blind(metrics: string[]): string {
  const all = [...new Set(metrics)].slice(0, 3).join(', ');
  return `no label of its query tells the canary from anything else: it counts all of ${all}`;
}

/** Ranges are no part of the grammar while they are variables; the length stays. */
function masked(text: string): string {
  return text.replace(
    /\[(\s*\{\{\s*interval\s*\}\}\s*)\]/g,
    (_, inside: string) => `[${'1m'.padStart(inside.length, '0')}]`,
  );
}

/** A division of series that nothing adds up gives a number for each of them. */
export function givesManyNumbers(text: string): boolean {
  return selectorsOf(masked(text)).some(({ aggregated }) => !aggregated);
}
