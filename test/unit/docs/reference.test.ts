import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { mirrorDocument } from '../../../src/plan/schema/mirror.ts';
import { planDocument } from '../../../src/plan/schema/plan.ts';
import { type JsonSchema, jsonSchema } from '../../../tools/docs/json-schema.ts';
import { referenceFiles } from '../../../tools/docs/reference.ts';

describe('docs/reference', () => {
  it.each(Object.entries(referenceFiles()))('%s is what `npm run docs` writes', async (name, text) => {
    expect(await readFile(`docs/reference/${name}`, 'utf8')).toBe(text);
  });

  it.each([
    ['RolloutPlan', planDocument],
    ['MirrorPlan', mirrorDocument],
  ])('every field of a %s has a meaning', (kind, schema) => {
    expect(fieldsOf(jsonSchema(kind, schema)).filter(([, field]) => !field.description)).toEqual([]);
  });
});

/** Fields at any depth, with their paths. */
function fieldsOf(schema: JsonSchema, path = ''): [string, JsonSchema][] {
  const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.items ? [schema.items] : [])];
  const fields = Object.entries(schema.properties ?? {}).map(([key, field]): [string, JsonSchema] => [
    `${path}.${key}`,
    field,
  ]);
  return [
    ...fields,
    ...fields.flatMap(([at, field]) => fieldsOf(field, at)),
    ...forms.flatMap((form) => fieldsOf(form, path)),
  ];
}
