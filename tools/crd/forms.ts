/** Sections of which one may stand at a place become one section with the fields of all; rules say which go together. */
import type { JsonSchema } from '../docs/json-schema.ts';
import { type CelRule, celName, isSeen, type Structural } from './schema.ts';

interface Form {
  /** `builtin: podHealth`, or `no builtin` */
  name: string;
  /** CEL: it is this one */
  isIt: string;
  fields: Record<string, Structural>;
  needed: readonly string[];
}

/** @param choices told apart by a field that has another constant in each, or is not there @param read makes each structural */
export function mergeForms(choices: readonly JsonSchema[], read: (choice: JsonSchema) => Structural): Structural {
  const key = Object.entries(choices.at(-1)?.properties ?? {}).find(([, { const: value }]) => value !== undefined)?.[0];
  if (key === undefined) throw new RangeError('nothing tells the forms apart');
  const forms = choices.map((choice) => formOf(choice.properties?.[key]?.const, read(choice), key));
  const names = [...new Set(forms.flatMap(({ fields }) => Object.keys(fields)))];
  const known = choices.flatMap(({ properties }) => properties?.[key]?.const ?? []);
  const merged = Object.fromEntries(
    names.map((name) => [name, merge(forms.flatMap(({ fields }) => fields[name] ?? []))]),
  );
  const properties = { ...merged, [key]: { ...merged[key], type: 'string', enum: known } };
  const required = names.filter((name) => forms.every(({ needed }) => needed.includes(name)));
  const rules = forms.flatMap((form) => rulesOfForm(form, properties, required));
  return { type: 'object', properties, required, 'x-kubernetes-validations': rules };
}

function formOf(value: unknown, { properties = {}, required = [] }: Structural, key: string): Form {
  return {
    name: value === undefined ? `no ${key}` : `${key}: ${value}`,
    isIt: value === undefined ? `!has(self.${key})` : `has(self.${key}) && self.${key} == '${value}'`,
    fields: properties,
    needed: required,
  };
}

/** What all of them let through, at least. */
function merge(fields: readonly Structural[]): Structural {
  const [first = {}] = fields;
  const description = [...new Set(fields.map((field) => field.description))].join('; or: ');
  const shapes = new Set(fields.map(({ description: _, ...shape }) => JSON.stringify(shape)));
  if (shapes.size === 1) return { ...first, description };
  const types = new Set(fields.map(({ type }) => type));
  if (types.size === 1 && first.type !== 'object') return { type: first.type, description };
  return { 'x-kubernetes-preserve-unknown-fields': true, description };
}

/** Fields without a type are not seen by rules: what is wrong with them is told later. */
function rulesOfForm(form: Form, fields: Record<string, Structural>, required: readonly string[]): CelRule[] {
  const rule = (isSound: string, message: string) => ({ rule: `!(${form.isIt}) || (${isSound})`, message });
  const lacks = form.needed.filter((name) => !required.includes(name) && isSeen(fields[name]));
  const foreign = Object.keys(fields).filter((name) => !form.fields[name] && isSeen(fields[name]));
  const others = foreign.filter((name) => !form.isIt.includes(`has(self.${name})`));
  return [
    ...lacks.map((name) => rule(`has(self.${celName(name)})`, `with ${form.name} write ${name}`)),
    ...(others.length > 0
      ? [
          rule(
            others.map((name) => `!has(self.${celName(name)})`).join(' && '),
            `with ${form.name} leave out ${others.join(', ')}`,
          ),
        ]
      : []),
  ];
}
