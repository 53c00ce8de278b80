/** docs/reference/plan.md and mirror-plan.md: every field with its kind, default and meaning, from the schema. */
import type { JsonSchema } from './json-schema.ts';

interface Section {
  /** `spec.traffic.routes[]` */
  path: string;
  /** What tells it from other forms of the same place: `builtin: requestDuration`. */
  form?: string;
  schema: JsonSchema;
}

export function documentReference(schema: JsonSchema, intro: string): string {
  const sections = sectionsOf('', schema);
  return [`# ${schema.title}`, '', intro, ...sections.flatMap(sectionLines), ''].join('\n');
}

/** A section and those below it, in the order of the schema. */
function sectionsOf(path: string, schema: JsonSchema, form?: string): Section[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const at = path ? `${path}.${key}` : key;
    const { forms, isList } = formsOf(field);
    return forms.flatMap((one) => sectionsOf(isList ? `${at}[]` : at, one, forms.length > 1 ? formOf(one) : undefined));
  });
  return [{ path, form, schema }, ...below];
}

/** The sections that may stand at a field: none for plain values. */
function formsOf(field: JsonSchema): { forms: JsonSchema[]; isList: boolean } {
  const [value] = withoutNull(field);
  const isList = value?.type === 'array';
  const choices = isList && value.items ? withoutNull(value.items) : withoutNull(field);
  return { forms: choices.filter(({ properties }) => properties), isList };
}

/** Values that a field may have, unions taken apart; null is the same as leaving it out. */
function withoutNull(schema: JsonSchema): JsonSchema[] {
  const choices = schema.anyOf ?? schema.oneOf;
  return choices ? choices.flatMap(withoutNull) : [schema].filter(({ type }) => type !== 'null');
}

function formOf({ properties = {} }: JsonSchema): string {
  const fixed = Object.entries(properties).find(([, field]) => field.const !== undefined || field.not);
  if (!fixed) return '';
  const [key, field] = fixed;
  return field.not ? `without ${key}` : `${key}: ${field.const}`;
}

function sectionLines({ path, form, schema }: Section): string[] {
  const rows = Object.entries(schema.properties ?? {}).map(([key, field]) => {
    const { meaning, otherwise } = meaningOf(field);
    const isRequired = schema.required?.includes(key);
    const cells = [`\`${key}\``, kindOf(field), isRequired ? '**required**' : (otherwise ?? defaultOf(field)), meaning];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
  });
  const heading = path ? ['', `## ${path}${form ? ` (${form})` : ''}`] : [];
  return [...heading, '', '| field | kind | default | meaning |', '| --- | --- | --- | --- |', ...rows];
}

/** A description says its own default where the schema has none: "Port of the pod; default: the first container port". */
function meaningOf({ description = '' }: JsonSchema): { meaning: string; otherwise?: string } {
  const [meaning = '', otherwise] = description.split(/; default: /);
  return { meaning, otherwise };
}

function defaultOf(field: JsonSchema): string {
  if (field.default === undefined) return 'none';
  const isSection = formsOf(field).forms.length > 0 && !Array.isArray(field.default);
  if (isSection) return 'those of its fields';
  return `\`${typeof field.default === 'string' ? field.default : JSON.stringify(field.default)}\``;
}

function kindOf(field: JsonSchema): string {
  const { forms, isList } = formsOf(field);
  if (forms.length > 0) {
    const others = withoutNull(field).filter((one) => one.const !== undefined);
    return [...others.map(plainKind), isList ? 'list of sections' : 'section'].join(' or ');
  }
  return withoutNull(field).map(plainKind).join(' or ');
}

function plainKind(field: JsonSchema): string {
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.not) return 'nothing';
  if (field.enum) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.type === 'array' && field.items) return `list: ${withoutNull(field.items).map(plainKind).join(' or ')}`;
  if (field.title) return field.title;
  if (field.type === 'object') return 'keys and texts';
  if (field.type === 'integer') return 'a whole number';
  return field.type === 'boolean' ? '`true` or `false`' : (field.type ?? 'anything');
}
