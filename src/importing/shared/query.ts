/** Whether a query tells the canary from the primary, and the query as a plan writes it. */
import { checkQuery } from '../../promql/check-query.ts';
import { selectorsOf } from '../../promql/selectors.ts';

/** What the arms are called where a query is written. */
interface ArmNames {
  /** Names of the canary, with the variable of a plan that stands for each. */
  canary: Readonly<Record<string, 'workload' | 'service'>>;
  primary: string[];
  /** Variables of the check's own. */
  variables?: Readonly<Record<string, string>>;
}

/** `mistake`: it is of no use to its own controller either; beside a query: what would be right there. */
type ReadQuery = { query: string; notes: string[]; mistake?: string } | { problem: string; mistake: boolean };

const TELLS = /\{\{\s*(?:workload|pods|service|revision)\s*\}\}/;
/** A value that may be that of a label of the canary's own, which no file here shows. */
const OWN = /canary|preview/;
/** Labels that are the same on both sides, whatever they say. */
const SHARED = /namespace$|^container/;
/** Pods whose names begin with the canary's: those of NAME-primary do as well. */
const BEGINS_ALIKE = /^\{\{workload\}\}-?(?:\.[*+]|\(\.[*+]\))$/;

/**
 * @param text its variables are already those of a plan
 * @returns the query, with literal names of the canary made variables, or why it is of no use
 */
export function readQuery(text: string, names: ArmNames): ReadQuery {
  const selectors = selectorsOf(masked(text));
  if (selectors.length === 0) return { problem: 'its query is a constant, so it looks at nothing', mistake: true };
  const matchers = selectors.flatMap((one) => one.matchers);
  const among = matchers.filter(({ label, operator }) => !operator.startsWith('!') && !SHARED.test(label));
  const ofPrimary = ({ value, operator }: (typeof matchers)[number]) =>
    names.primary.some((name) => value === name || (operator.includes('~') && value.startsWith(`${name}-`)));
  if (among.some(ofPrimary))
    return { problem: 'its query selects the pods of the primary by a literal name', mistake: true };
  const alike = among.filter(({ value, operator }) => operator === '=~' && BEGINS_ALIKE.test(value));
  const named = among.flatMap(({ value, from }) => {
    const isNamed = ([name, kind]: [string, string]) => value === name || (kind === 'service' && isHostOf(value, name));
    const [name, variable = ''] = Object.entries(names.canary).find(isNamed) ?? [];
    return name ? [{ from, to: from + name.length, variable }] : [];
  });
  const tells = among.some(({ value }) => TELLS.test(value));
  if (!tells && named.length === 0)
    return {
      problem: blind(selectors.map(({ metric }) => metric)),
      mistake: !among.some(({ value }) => OWN.test(value)),
    };
  const query = [
    ...alike.map(({ from, to, label }) => ({ from, to, variable: label.includes('pod') ? 'pods' : 'workload' })),
    ...named.filter(({ variable }) => !tells || variable === 'service'),
  ]
    .sort((one, other) => other.from - one.from)
    .reduce((all, { from, to, variable }) => `${all.slice(0, from)}{{${variable}}}${all.slice(to)}`, text);
  const [wrong] = checkQuery(query, names.variables);
  if (wrong) return { problem: `a plan does not take its query: ${wrong.message}`, mistake: false };
  const excluded = matchers.some(({ value, operator }) => operator.startsWith('!') && value.includes('primary'));
  const both = alike.length > 0 && !excluded;
  const notes = [
    ...(both ? ["names of the primary's pods begin alike, so it has both: only the revision's own in the plan"] : []),
    ...(tells
      ? []
      : [`it names the canary literally; {{${named[0]?.variable}}} in the plan, so that it reads the primary too`]),
  ];
  return {
    query,
    notes,
    ...(both && { mistake: 'write {{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+) for pods of the canary alone' }),
  };
}

/** `shop-canary.demo.svc`, and no pattern such as `shop-canary.+`. */
function isHostOf(value: string, name: string): boolean {
  return value.startsWith(`${name}.`) && /[a-z]/.test(value.charAt(name.length + 1));
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
