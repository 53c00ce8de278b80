import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { planJsonSchemaText } from '../../../../src/plan/index.ts';

it('docs/plan.schema.json is what `node src/plan/schema/write-json-schema.ts` writes', () => {
  const file = new URL('../../../../docs/plan.schema.json', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(planJsonSchemaText());
});
