/** OpenAPI 3.1 of `/api/v1`, made from its operations. */
import { z } from 'zod';
import { packageVersion } from '../../worker/maker.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { problem } from './schema/common.ts';

type Json = Record<string, unknown>;

/** Answers may get further fields. What a format says is not said again. */
const TERMS = {
  io: 'input',
  override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.format === 'date-time' || jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  },
} as const;

const MEANING: Record<number, string> = {
  200: 'What was asked for',
  202: 'It is stored; no worker confirms it yet',
  304: 'It has not changed since the answer with this ETag',
  401: 'Nobody is known by this token or session',
  403: 'It is not their right',
  404: 'There is nothing of this name',
  409: 'Refused; nothing was changed',
  410: 'Its workflow is gone',
  413: 'It is too large',
  422: 'It is not valid',
  429: 'Too many; `Retry-After` says when',
  500: 'The server failed',
  503: 'Temporal, a worker or what else it needs does not answer; `Retry-After` says when to try again',
};

const INFO = {
  title: 'Sluice',
  summary: 'See and steer rollouts',
  description:
    'Rights are those of the installation, rollout by rollout: what you may not view is in no list and no stream. A GET has an ETag; with `If-None-Match` it answers 304. Errors are problems (RFC 9457).',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

export function openApi(): Json {
  const paths: Record<string, Json> = {};
  for (const [id, operation] of Object.entries<Operation>(OPERATIONS)) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(id, operation) };
  }
  const { schemas } = z.toJSONSchema(z.globalRegistry, { ...TERMS, uri: (id) => `#/components/schemas/${id}` });
  return {
    openapi: '3.1.1',
    info: { ...INFO, version: packageVersion() },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }, { session: [] }],
    tags: TAGS,
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)])),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token, or an ID token of an identity provider' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-sluice',
          description: 'A login with a browser; what is no GET needs `x-csrf-token` as well',
        },
      },
    },
  };
}

const TAGS = [
  { name: 'rollouts', description: 'What runs, and what ran' },
  { name: 'plans', description: 'What could be rolled out' },
  { name: 'installation', description: 'You, and whether it works' },
];

function tagOf(path: string): string {
  const [, first = ''] = path.split('/');
  return ['rollouts', 'mirrors', 'statements'].includes(first)
    ? 'rollouts'
    : first === 'plans'
      ? 'plans'
      : 'installation';
}

function described(operationId: string, operation: Operation): Json {
  const { summary, description, path, body, open } = operation;
  return {
    operationId,
    summary,
    ...(description && { description }),
    tags: [tagOf(path)],
    ...(open && { security: [] }),
    parameters: [...pathParameters(path), ...queryParameters(operation)],
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: refTo(body) } } } }),
    responses: responsesOf(operation),
  };
}

function responsesOf({ answers, events, method, problems = [], open }: Operation): Json {
  const good = Object.entries(answers).map(([status, schema]) => [
    status,
    { description: MEANING[Number(status)], content: { 'application/json': { schema: refTo(schema) } } },
  ]);
  const stream = events && [
    ['200', { description: streamOf(events), content: { 'text/event-stream': { schema: { type: 'string' } } } }],
  ];
  const always = open ? [429, 500, 503] : [401, 429, 500, 503];
  const bad = [...always, ...problems]
    .sort((a, b) => a - b)
    .map((status) => [
      String(status),
      { description: MEANING[status], content: { 'application/problem+json': { schema: refTo(problem) } } },
    ]);
  const same = method === 'get' && !events ? [['304', { description: MEANING[304] }]] : [];
  return Object.fromEntries([...good, ...(stream ?? []), ...same, ...bad]);
}

function streamOf(events: NonNullable<Operation['events']>): string {
  const each = Object.entries(events).map(([name, schema]) => {
    const { id, description } = z.globalRegistry.get(schema) ?? {};
    return `\`${name}\` (${id ? `data: ${id}` : description})`;
  });
  return `Events: ${each.join(', ')}`;
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    return { name, in: 'path', required: true, schema: { type: 'string', pattern: '^[\\w.-]+$' } };
  });
}

function queryParameters({ query }: Operation): Json[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...json } = bare(z.toJSONSchema(schema as z.ZodType, TERMS));
    return { name, in: 'query', required: false, ...(description ? { description } : {}), schema: json };
  });
}

function refTo(schema: z.ZodType | true): Json {
  if (schema === true) return { type: 'object' };
  const { id } = z.globalRegistry.get(schema) ?? {};
  return id ? { $ref: `#/components/schemas/${id}` } : bare(z.toJSONSchema(schema, TERMS));
}

/** Without what only a document of its own needs. */
function bare(schema: object): Json {
  const { $schema: _dialect, $id: _id, id: _name, ...rest } = schema as Json;
  return rest;
}
