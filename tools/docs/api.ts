/** docs/reference/api.md: every request with what it takes and answers with, from the operations; fields are in openapi.json. */
import { z } from 'zod';
import { OPERATIONS, type Operation } from '../../src/server/api/operations.ts';

const INTRO = `Every request of \`/api/v1\`, written by \`npm run docs\` from \`src/server/api/operations.ts\`. How it is used:
[people and rights](../use/people.md#over-http). Fields: [openapi.json](openapi.json) (OpenAPI 3.1), which a server also has at
\`/api/v1/openapi.json\`, with a page at \`/api/v1\`. Every request may be answered with 401, 429, 500 and 503.`;

export function apiReference(): string {
  return ['# The API', '', INTRO, ...Object.values<Operation>(OPERATIONS).flatMap(operationLines), ''].join('\n');
}

function operationLines(operation: Operation): string[] {
  const { method, path, summary, description, query, body, answers, events = {}, problems = [] } = operation;
  const parameters = Object.entries<z.ZodType>(query?.shape ?? {}).map(
    ([name, schema]) => `| \`${name}\` | ${schema.description} |`,
  );
  const told = [
    ...Object.entries(answers).map(([status, schema]) => `${status} (${nameOf(schema)})`),
    ...Object.entries(events).map(([name, schema]) => `event \`${name}\` (${nameOf(schema)})`),
    ...problems.map(String),
  ];
  return [
    '',
    `## ${method.toUpperCase()} ${path}`,
    '',
    `${summary}.${description ? ` ${description}` : ''}`,
    ...(parameters.length > 0 ? ['', '| query | meaning |', '| --- | --- |', ...parameters] : []),
    '',
    `${body ? `Takes ${nameOf(body)}. ` : ''}Answers: ${told.join(', ')}.`,
  ];
}

function nameOf(schema: z.ZodType | true): string {
  const { id, description } = schema === true ? {} : (z.globalRegistry.get(schema) ?? {});
  return id ? `\`${id}\`` : (description ?? 'an object');
}
