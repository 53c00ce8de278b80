/** Writes `docs/plan.schema.json`: `node src/plan/schema/write-json-schema.ts`. */
import { writeFile } from 'node:fs/promises';
import { planJsonSchemaText } from './json-schema.ts';

await writeFile(new URL('../../../docs/plan.schema.json', import.meta.url), planJsonSchemaText());
