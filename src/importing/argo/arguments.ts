import type { Field } from '../shared/field.ts';

/** What an argument stands for, a text or a variable of a plan, and where that is said. */
export type ArgumentValues = Map<string, { value?: string; said: Field[] }>;

/** Those of the Rollout win over those of the template. */
export function argumentsOf(analysis: Field, template: Field): ArgumentValues {
  const values: ArgumentValues = new Map();
  for (const argument of [...template.at('spec', 'args').items(), ...analysis.at('args').items()]) {
    const name = argument.at('name').text ?? '';
    const before = values.get(name);
    const value = argument.at('value').text ?? variableOf(argument.at('valueFrom')) ?? before?.value;
    values.set(name, { value, said: [...(before?.said ?? []), argument] });
  }
  return values;
}

function variableOf(from: Field): string | undefined {
  if (from.at('podTemplateHashValue').text === 'Latest') return '{{revision}}';
  return from.at('fieldRef', 'fieldPath').text === 'metadata.namespace' ? '{{namespace}}' : undefined;
}

/** The text with its arguments, and where those are said; one without a value stays as it is. */
export function substitute(text: string, values: ArgumentValues): { text: string; said: Field[] } {
  const said: Field[] = [];
  const replaced = text.replace(/\{\{\s*args\.([\w-]+)\s*\}\}/g, (whole, name: string) => {
    const found = values.get(name);
    said.push(...(found?.said ?? []));
    return found?.value ?? whole;
  });
  return { text: replaced, said: [...new Set(said)] };
}
