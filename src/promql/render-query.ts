import { escapePattern } from './quote.ts';
import { INTERVAL, type Placeholder, PODS, readTemplate } from './template.ts';

/** What the variables stand for. */
export interface QueryValues {
  namespace: string;
  workload: string;
  service: string;
  revision: string;
  /** A pattern; everything else is a text. */
  pods: string;
  intervalMs: number;
  /** The query's own variables. */
  variables?: Readonly<Record<string, string>>;
}

/**
 * The query with its values: escaped as the literal they stand in wants it, and in patterns so that a text matches only itself.
 * @param text a query without problems (`checkQuery`)
 */
export function renderQuery(text: string, values: QueryValues): string {
  const { placeholders } = readTemplate(text);
  let rendered = '';
  let done = 0;
  for (const placeholder of placeholders) {
    rendered += text.slice(done, placeholder.from) + insertion(placeholder, values);
    done = placeholder.to;
  }
  return rendered + text.slice(done);
}

function insertion({ name, pattern, quote, group }: Placeholder, values: QueryValues): string {
  if (name === INTERVAL) return `${Math.max(1, Math.round(values.intervalMs))}ms`;
  const value = textOf(name, values);
  const text = pattern && name !== PODS ? escapePattern(value) : value;
  return escapeIn(quote, group ? `(?:${text})` : text);
}

function textOf(name: string, { namespace, workload, service, revision, pods, variables = {} }: QueryValues): string {
  const builtIn = new Map(Object.entries({ namespace, workload, service, revision, pods }));
  return builtIn.get(name) ?? (Object.hasOwn(variables, name) ? (variables[name] ?? '') : '');
}

/** Escapes: prometheus.io/docs/prometheus/latest/querying/basics, "String literals"; between backticks there are none. */
function escapeIn(quote: string, value: string): string {
  if (quote === '`') return value.replaceAll('`', '');
  return value.replace(/\\/g, '\\\\').replaceAll(quote, `\\${quote}`).replace(/\n/g, '\\n').replace(/\r/g, '\\r');
}
