import { BUILT_IN, INTERVAL, type Placeholder, PODS, readTemplate, type TemplateError } from './template.ts';

/** What is wrong with a query, and what would be right. */
export interface QueryProblem {
  message: string;
  remedy: string;
}

/**
 * Checks the query of a plan: Prometheus' grammar, and variables where they can be escaped and nowhere else.
 * @param variables the query's own, by name
 */
export function checkQuery(text: string, variables: Readonly<Record<string, string>> = {}): QueryProblem[] {
  const { placeholders, error } = readTemplate(text);
  const misplaced = placeholders.flatMap((placeholder) => placeProblems(text, placeholder, variables));
  if (misplaced.length > 0) return misplaced;
  if (error !== undefined) return [noQuery(text, error)];
  const used = new Set(placeholders.map(({ name }) => name));
  return Object.keys(variables)
    .filter((name) => !used.has(name))
    .map((name) => ({
      message: `the query does not use the variable ${name}`,
      remedy: `write {{${name}}} in the value of a label, or remove it from variables`,
    }));
}

/** @param services each arm has a Service of its own  @returns what is wrong with a query that sees both arms */
export function tellsArms(text: string, services: boolean): QueryProblem | undefined {
  const { placeholders, error } = readTemplate(text);
  const telling = ['workload', PODS, 'revision', ...(services ? ['service'] : [])];
  if (error !== undefined || placeholders.some(({ name }) => telling.includes(name))) return undefined;
  const both = placeholders.some(({ name }) => name === 'service');
  return {
    message: `the query does not tell canary from primary${both ? ': both have one Service' : ''}`,
    remedy: 'use {{pods}}, {{workload}} or {{revision}}, for example pod=~"{{pods}}"',
  };
}

function placeProblems(
  text: string,
  placeholder: Placeholder,
  variables: Readonly<Record<string, string>>,
): QueryProblem[] {
  const { name, from, place, pattern, quote } = placeholder;
  const where = `{{${name}}} at ${position(text, from)}`;
  const known = (BUILT_IN as readonly string[]).includes(name) || Object.hasOwn(variables, name);
  if (!known) {
    const names = [...BUILT_IN, ...Object.keys(variables)].join(', ');
    return [{ message: `${where} is unknown`, remedy: `use one of ${names}, or say its value in variables` }];
  }
  if (name === INTERVAL) {
    if (place === 'duration') return [];
    return [
      { message: `${where} is a duration`, remedy: 'write it alone where one stands, for example [{{interval}}]' },
    ];
  }
  if (place === 'patternPart')
    return [
      {
        message: `${where} stands inside a class, a count, an escape or a name of the pattern`,
        remedy: `write it where a plain text may stand, for example label=~"{{${name}}}-.*"`,
      },
    ];
  if (place !== 'value')
    return [
      {
        message: `${where} stands outside the value of a label`,
        remedy: `write it in one, for example label="{{${name}}}"`,
      },
    ];
  if (name === PODS && !pattern)
    return [{ message: `${where} is a pattern`, remedy: 'compare with =~ or !~, for example pod=~"{{pods}}"' }];
  if (quote === '`' && (variables[name] ?? '').includes('`'))
    return [{ message: `${where} has a backtick between backticks`, remedy: 'write the label value in double quotes' }];
  return [];
}

function noQuery(text: string, { at, of }: TemplateError): QueryProblem {
  const where = position(text, at);
  if (of === 'braces')
    return {
      message: `the braces at ${where} hold no name of a variable`,
      remedy: 'write a name of letters, digits and "_" in them, for example {{pods}}',
    };
  if (of === 'escape')
    return {
      message: `the backslash at ${where} begins no escape`,
      remedy: 'write two backslashes for one, and none right before a variable',
    };
  const rest = text.slice(at, at + 20).split('\n')[0] ?? '';
  const near = rest.trim() === '' ? 'it ends too early' : `not understood from ${JSON.stringify(rest)} on`;
  return { message: `no PromQL at ${where}: ${near}`, remedy: 'try the query in Prometheus first' };
}

/** `line 2, column 7`; the column alone for a query of one line. */
function position(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  const column = `column ${(before.at(-1)?.length ?? 0) + 1}`;
  return text.includes('\n') ? `line ${before.length}, ${column}` : column;
}
