import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planDocument } from '../../../src/plan/schema/plan.ts';
import { planCrd, planSchema } from '../../../tools/crd/crd.ts';
import { withRules } from '../../../tools/crd/rules.ts';
import type { Structural } from '../../../tools/crd/schema.ts';
import { structural } from '../../../tools/crd/structural.ts';
import { type JsonSchema, jsonSchema } from '../../../tools/docs/json-schema.ts';

/** Every place of a schema with its path; `[]`: each entry, `{}`: each value. */
function placesOf(schema: Structural, path = ''): [path: string, schema: Structural][] {
  return [
    [path, schema],
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => placesOf(field, `${path}.${name}`)),
    ...(schema.items ? placesOf(schema.items, `${path}[]`) : []),
    ...(schema.additionalProperties ? placesOf(schema.additionalProperties, `${path}{}`) : []),
  ];
}

/** The same of what people write: forms and null taken apart. */
function writtenIn(schema: JsonSchema, path = ''): string[] {
  if (schema.type === 'null' || schema.not) return [];
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms?.some(({ const: value }) => value === false) || /(?:matchers|header)\{\}$/.test(path)) return [path];
  if (forms) return forms.flatMap((form) => writtenIn(form, path));
  const { properties = {}, items, additionalProperties: values } = schema;
  const isMap = values && Object.keys(values).length > 0;
  return [
    path,
    ...Object.entries(properties).flatMap(([name, field]) => writtenIn(field, `${path}.${name}`)),
    ...(items ? writtenIn(items, `${path}[]`) : []),
    ...(isMap ? writtenIn(values, `${path}{}`) : []),
  ];
}

const KEYWORDS =
  /^(type|format|description|nullable|properties|required|additionalProperties|items|enum|pattern|(exclusiveM|m)(in|ax)imum|m(in|ax)(Length|Items)|x-kubernetes-(int-or-string|preserve-unknown-fields|list-type|list-map-keys|validations))$/;

/** What the API server asks of a structural schema, and RE2 of a pattern. @returns what is wrong */
function mistakesOf([path, schema]: [string, Structural]): string[] {
  const open = schema['x-kubernetes-preserve-unknown-fields'] || schema['x-kubernetes-int-or-string'];
  const { properties = {}, required = [], items, additionalProperties, pattern = '' } = schema;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const wrong = {
    'has no type': !schema.type && !open,
    'has a type beside int-or-string': Boolean(schema.type && schema['x-kubernetes-int-or-string']),
    'has a foreign keyword': !Object.keys(schema).every((keyword) => KEYWORDS.test(keyword)),
    'has properties and additionalProperties': Boolean(schema.properties && additionalProperties),
    'needs what it does not have': !required.every((name) => properties[name]),
    'is a list without items, type or end':
      schema.type === 'array' && !(items && schema['x-kubernetes-list-type'] && schema.maxItems),
    'is a map without keys': (schema['x-kubernetes-list-type'] === 'map') !== keys.length > 0,
    'has keys that may be missing': !keys.every((key) => items?.required?.includes(key)),
    'has a pattern that Go does not know': /\(\?[^:]|\\[1-9]|,(?!1000\})\d{4,}\}/.test(pattern),
    'has no meaning': path.startsWith('.spec.') && !/[\]}]$/.test(path) && !schema.description,
  };
  return Object.entries(wrong).flatMap(([what, is]) => (is ? [`${path} ${what}`] : []));
}

describe('deploy/crds/rolloutplans.yaml', () => {
  it('is what `npm run docs` writes', () => {
    expect(readFileSync('deploy/crds/rolloutplans.yaml', 'utf8')).toBe(planCrd());
  });

  it('is structural at every place', () => {
    const places = placesOf(planSchema());
    expect(places.length).toBeGreaterThan(200);
    expect(places.flatMap(mistakesOf)).toEqual([]);
  });

  it.each<[string, Structural]>([
    ['has no type', { description: 'anything' }],
    ['has a foreign keyword', { type: 'string', oneOf: [] } as Structural],
    ['is a list without items, type or end', { type: 'array', items: { type: 'string' } }],
    ['has a pattern that Go does not know', { type: 'string', pattern: '^(?=a)' }],
    ['has a pattern that Go does not know', { type: 'string', pattern: 'a{1,2048}' }],
  ])('would be found: it %s', (what, schema) => {
    expect(mistakesOf(['.x', schema])).toEqual([`.x ${what}`]);
  });

  it('has every field that people write, and no other', () => {
    const { metadata: _, ...parts } = jsonSchema('RolloutPlan', planDocument).properties ?? {};
    const written = new Set(Object.entries(parts).flatMap(([name, part]) => writtenIn(part, `.${name}`)));
    const places = placesOf(planSchema()).map(([path]) => path);
    const known = places.filter((path) => path !== '' && !/^\.(status|metadata)/.test(path));
    expect(known.sort()).toEqual([...written].sort());
  });

  it('holds every duration in its limits, in one sentence', () => {
    const durations = placesOf(planSchema()).filter(([, { maxLength }]) => maxLength === 32);
    expect(durations.length).toBeGreaterThan(15);
    for (const [path, { 'x-kubernetes-validations': rules = [] }] of durations)
      expect([path, rules.map(({ message }) => message)]).toEqual([
        path,
        [expect.stringMatching(/^write a duration with units from \w+ to \w+$/)],
      ]);
  });
});

describe('a schema for the API server', () => {
  it('a pattern that Go does not know is refused when it is made', () => {
    expect(() => structural({ type: 'string', pattern: '^(?=a)b' })).toThrow(/no pattern for the API server/);
  });

  it('a rule of a place that is not there is refused', () => {
    expect(() => withRules({ type: 'object', properties: {} })).toThrow(/the schema has no \w+ of workload/);
  });

  it('forms of one place are one section: fields that differ are open, others keep their limits', () => {
    const form = (kind: string, size: JsonSchema): JsonSchema => ({
      type: 'object',
      properties: { kind: { type: 'string', const: kind }, size, [kind]: { type: 'boolean' } },
      required: ['kind', kind],
    });
    const merged = structural({ oneOf: [form('a', { type: 'integer', minimum: 1 }), form('b', { type: 'string' })] });
    expect(merged.properties?.size).toEqual({ 'x-kubernetes-preserve-unknown-fields': true, description: '' });
    expect(merged.properties?.kind).toMatchObject({ type: 'string', enum: ['a', 'b'] });
    expect(merged.required).toEqual(['kind']);
    expect(merged['x-kubernetes-validations']?.map(({ rule }) => rule)).toEqual([
      "!(has(self.kind) && self.kind == 'a') || (has(self.a))",
      "!(has(self.kind) && self.kind == 'a') || (!has(self.b))",
      "!(has(self.kind) && self.kind == 'b') || (has(self.b))",
      "!(has(self.kind) && self.kind == 'b') || (!has(self.a))",
    ]);
  });
});
