import { expect, it } from 'vitest';
import { openApi } from '../../../../src/server/api/openapi.ts';
import { OPERATIONS } from '../../../../src/server/api/operations.ts';
import { FakeTemporal } from '../../../support/fakes/temporal.ts';
import { hookServer } from '../../../support/sender.ts';

const app = hookServer({ senders: [], plans: { plans: [], broken: [] }, temporal: new FakeTemporal() });

it('are all that the API takes', () => {
  const routes = app.routes.filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/v1/'));
  const taken = routes.map(
    ({ method, path }) => `${method} ${path.slice('/api/v1'.length).replaceAll(/:(\w+)/g, '{$1}')}`,
  );
  const said = Object.values(OPERATIONS).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(new Set(taken)).toEqual(new Set([...said, 'GET /openapi.json']));
});

it('refer to schemas that are there, in a document that nobody has to log in for', async () => {
  const text = await (await app.request('/api/v1/openapi.json')).text();
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(openApi())));
  const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  const referred = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name);
  expect([...new Set(referred)].filter((name) => !components.schemas[name])).toEqual([]);
  expect(Object.keys(components.schemas).filter((name) => !referred.includes(name))).toEqual([]);
});

it('are shown to people, without script', async () => {
  const page = await app.request('/api/v1');
  const text = await page.text();
  for (const { path } of Object.values(OPERATIONS)) expect(text).toContain(`${path}</code>`);
  expect(text).not.toMatch(/<script|undefined|false|\[object/);
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
});
