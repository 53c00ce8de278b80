import { z } from 'zod';
import { planDocument } from './plan.ts';

/** JSON Schema (draft 2020-12) of what people write, for editors; rules between fields are the loader's alone. */
function planJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(planDocument, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    // A key that must be left out.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'undefined') jsonSchema.not = {};
    },
  });
  return { title: 'Sluice RolloutPlan', ...schema };
}

/** The bytes of `docs/plan.schema.json`. */
export function planJsonSchemaText(): string {
  return `${JSON.stringify(planJsonSchema(), null, 2)}\n`;
}
