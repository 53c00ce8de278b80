import { z } from 'zod';
import { readWording } from '../../src/plan/wording.ts';

/** The parts of JSON Schema (draft 2020-12) that the schemas of plans are made of. */
export interface JsonSchema {
  title?: string;
  description?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | false;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  not?: JsonSchema;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** What people write, for editors and the reference; rules between fields are the loader's alone. */
export function jsonSchema(title: string, schema: z.ZodType): JsonSchema {
  const { title: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // A key that must be left out.
      if (zodSchema._zod.def.type === 'undefined') jsonSchema.not = {};
      const isPlain =
        ['string', 'number', 'integer'].includes(String(jsonSchema.type)) &&
        !jsonSchema.enum &&
        !('const' in jsonSchema);
      if (isPlain) jsonSchema.title ??= expectedOf(zodSchema._zod.def.error);
    },
  }) as JsonSchema;
  return { title, ...rest };
}

/** The kind of value as its own error names it: "write a DNS label (…), for example reviews". */
function expectedOf(error: z.core.$ZodErrorMap<never> | undefined): string | undefined {
  const text = error?.({ input: undefined } as never);
  if (typeof text !== 'string') return undefined;
  return readWording(text)
    .remedy.replace(/^write /, '')
    .split(', for example ')[0]
    ?.replace(/ \(.*\)$/, '');
}
