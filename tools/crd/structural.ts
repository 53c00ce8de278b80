/** A JSON Schema of ours as the structural schema of a CustomResourceDefinition: one type per place, no unions, rules in CEL. */
import { DURATION_PATTERN } from '../../src/plan/duration.ts';
import type { JsonSchema } from '../docs/json-schema.ts';
import { mergeForms } from './forms.ts';
import type { Structural } from './schema.ts';

/** Digits and units of the longest text that the pattern lets through. */
const LONGEST_DURATION = 32;
/** As its own error names it, see `jsonSchema`. */
const DURATION_RANGE = /^a duration with units from (\S+) to (\S+)$/;

export function structural(schema: JsonSchema): Structural {
  const choices = (schema.anyOf ?? schema.oneOf ?? [schema]).filter(({ type }) => type !== 'null');
  const nullable = schema.anyOf?.some(({ type }) => type === 'null') && { nullable: true };
  const [only] = choices;
  const found = choices.length === 1 && only ? plain(only) : oneOfMany(choices);
  return { ...described(schema, only), ...nullable, ...found };
}

/** What a person reads in `kubectl explain`. */
function described(...[schema, only]: (JsonSchema | undefined)[]): Structural {
  const text = schema?.description ?? only?.description;
  if (text === undefined) return {};
  const value = schema?.default;
  const isPlain = value !== undefined && (typeof value !== 'object' || (Array.isArray(value) && value.length > 0));
  return { description: isPlain ? `${text}; default: ${JSON.stringify(value)}` : text };
}

function plain(schema: JsonSchema): Structural {
  if (schema.type === 'object') return section(schema);
  if (schema.type === 'array') return list(schema);
  if (schema.type === 'string') return text(schema);
  if (schema.type === 'boolean') return { type: 'boolean' };
  if (schema.type === 'number' || schema.type === 'integer') return number(schema);
  return { 'x-kubernetes-preserve-unknown-fields': true };
}

function section({ properties, required, additionalProperties: others }: JsonSchema): Structural {
  const fields = Object.entries(properties ?? {}).filter(([, field]) => !field.not);
  const needed = required?.filter((name) => fields.some(([known]) => known === name)) ?? [];
  const isOpen = others && Object.keys(others).length === 0;
  return {
    type: 'object',
    ...(properties && { properties: Object.fromEntries(fields.map(([name, field]) => [name, structural(field)])) }),
    ...(needed.length > 0 && { required: needed }),
    ...(isOpen && { 'x-kubernetes-preserve-unknown-fields': true }),
    ...(others && !isOpen && { additionalProperties: structural(others) }),
  };
}

/** By which an entry of a list is told from the others, where it has one of them. */
const KEYS = ['name', 'before', 'image'];

/** No two entries have one key then, and what several people apply is joined by it. */
function list({ items = {}, minItems, maxItems }: JsonSchema): Structural {
  const entry = structural(items);
  // routes of several kinds may have one name; containers of a pod are the API server's own affair
  const isPlain = entry.required?.includes('kind') || items.additionalProperties;
  const key = isPlain ? undefined : KEYS.find((one) => entry.required?.includes(one));
  return {
    type: 'array',
    'x-kubernetes-list-type': key ? 'map' : 'atomic',
    ...(key && { 'x-kubernetes-list-map-keys': [key] }),
    ...(minItems && { minItems }),
    maxItems,
    items: entry,
  };
}

function text({
  title = '',
  pattern,
  format,
  minLength,
  maxLength,
  enum: values,
  const: only,
}: JsonSchema): Structural {
  const range = pattern === DURATION_PATTERN.source && DURATION_RANGE.exec(title);
  if (range) return duration(title, ...(range.slice(1) as [string, string]));
  if (pattern && /\(\?[=!<]/.test(pattern)) throw new RangeError(`no pattern for the API server: ${pattern}`);
  const one = values ?? (only === undefined ? undefined : [only]);
  return { type: 'string', ...defined({ enum: one, pattern, format, minLength, maxLength }) };
}

/** In one rule, so that people read one sentence. */
function duration(title: string, least: string, most: string): Structural {
  const isSound = `size(self) > 0 && self.matches('${DURATION_PATTERN.source.replaceAll('\\', '\\\\')}')`;
  const isInRange = `duration(self) >= duration('${least}') && duration(self) <= duration('${most}')`;
  return {
    type: 'string',
    maxLength: LONGEST_DURATION,
    'x-kubernetes-validations': [{ rule: `${isSound} && ${isInRange}`, message: `write ${title}` }],
  };
}

function number({ type, minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below }: JsonSchema): Structural {
  return {
    type: type ?? 'number',
    ...defined({ minimum, maximum }),
    ...(above !== undefined && { minimum: above, exclusiveMinimum: true }),
    ...(below !== undefined && { maximum: below, exclusiveMaximum: true }),
  };
}

function oneOfMany(choices: readonly JsonSchema[]): Structural {
  if (choices.every(({ type }) => type === 'object')) return mergeForms(choices, structural);
  const [words, numbers] = choices;
  if (choices.length === 2 && words?.enum && numbers?.type === 'integer') {
    const { minimum, maximum } = numbers;
    const known = words.enum.map((word) => `'${word}'`).join(', ');
    return {
      'x-kubernetes-int-or-string': true,
      'x-kubernetes-validations': [
        {
          rule: `type(self) == int ? self >= ${minimum} && self <= ${maximum} : self in [${known}]`,
          message: `write ${words.enum.join(', ')}, or a whole number from ${minimum} to ${maximum}`,
        },
      ],
    };
  }
  return { 'x-kubernetes-preserve-unknown-fields': true };
}

function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}
