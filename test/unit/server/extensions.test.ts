/** An extension as a package on disk, before a whole app; who asks it is who asks the API. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { newToken, readKey } from '../../../src/authority/index.ts';
import { noFile } from '../../../src/installation/index.ts';
import { createApp } from '../../../src/server/app.ts';
import { type Extensions, extensionHost, loadExtensions } from '../../../src/server/extensions.ts';
import { openSession, sealSession } from '../../../src/server/login/session.ts';
import { testServer } from '../../support/authority.ts';
import { FakeTemporal } from '../../support/fakes/temporal.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-extensions-'));
const ann = newToken();
const { text } = testServer();
writeFileSync(join(dir, 'key'), text);
const tokens = [{ sha256: ann.sha256, expires: '2999-01-01T00:00:00Z' }];
const person = { name: 'ann', groups: [], slack: [], oidc: [], tokens, may: [] };
const known = { ...noFile().known, dir, key: { file: 'key' }, people: [person] };
const installation = { known, current: async () => known };

/** @param body of `extend(host)` */
function packageOf(name: string, body: string): void {
  writeFileSync(join(dir, `${name}.mjs`), `export const extend = (host) => { ${body} };`);
}

const load = (name: string) => import(pathToFileURL(join(dir, `${name}.mjs`)).href);

async function appWith(...names: string[]) {
  const app: ReturnType<typeof createApp> = createApp({
    plans: { current: async () => ({ plans: [], broken: [] }) },
    senders: async () => ({ senders: [], dir: '.' }),
    ...{ installation, temporal: new FakeTemporal().client(), cluster: 'local', log: pino({ level: 'silent' }) },
    extensions: () => extensions,
  });
  const extensions: Extensions = await loadExtensions(
    names,
    extensionHost(() => app, 'local', installation),
    load,
  );
  return app;
}

it('has the paths that are not the core’s, in order, with headers of its own or those that forbid everything', async () => {
  packageOf(
    'one',
    `return { home: '/', fetch: (r) => new URL(r.url).pathname === '/' ? new Response('one') : undefined }`,
  );
  packageOf(
    'two',
    `return { fetch: async (r) => new Response('two', { headers: { 'content-security-policy': "default-src 'self'", 'cache-control': 'max-age=60' } }) }`,
  );
  const app = await appWith('one', 'two');
  const [first, second] = [await app.request('/'), await app.request('/x')];
  expect([await first.text(), await second.text()]).toEqual(['one', 'two']);
  expect(first.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect([first.headers.get('cache-control'), second.headers.get('cache-control')]).toEqual(['no-store', 'max-age=60']);
  expect(second.headers.get('content-security-policy')).toBe("default-src 'self'");
  expect(second.headers.get('x-content-type-options')).toBe('nosniff');
  for (const own of ['/api', '/api/v2', '/hooks/x', '/login/x', '/logout'])
    expect((await app.request(own)).status).toBe(404);
  expect((await (await appWith('one')).request('/x')).status).toBe(404);
});

it('asks the API as who asks it, and cannot change anything for a page of elsewhere', async () => {
  packageOf(
    'asks',
    `return { fetch: async (r) => {
      const path = new URL(r.url).pathname;
      if (path === '/session') return Response.json((await host.session(r)) ?? null);
      if (path === '/me') return host.api(new Request('http://any/api/v1/me'), r);
      const form = await r.formData();
      const headers = { 'x-csrf-token': form.get('csrf') ?? '', 'content-type': 'application/json' };
      const body = JSON.stringify({ right: 'nothing' });
      return host.api(new Request('http://any/api/v1/statements', { method: 'POST', headers, body }), r);
    } }`,
  );
  const app = await appWith('asks');
  const cookie = (await sealSession(known, { token: ann.sha256 })).split(';')[0] ?? '';
  const { csrf = '' } = (await openSession(known, new Headers({ cookie }))) ?? {};
  expect(readKey(text).id).toHaveLength(43);
  expect(await (await app.request('/session')).json()).toBeNull();
  expect(await (await app.request('/session', { headers: { cookie } })).json()).toMatchObject({ name: 'ann', csrf });
  const bearer = { authorization: `Bearer ${ann.token}` };
  expect(await (await app.request('/session', { headers: bearer })).json()).toEqual({ name: 'ann', groups: [] });
  expect([(await app.request('/me')).status, (await app.request('/me', { headers: { cookie } })).status]).toEqual([
    401, 200,
  ]);
  const post = async (from: Record<string, string>, sent = csrf) => {
    const body = new URLSearchParams({ csrf: sent });
    const answer = await app.request('http://here/form', {
      method: 'POST',
      headers: { cookie, host: 'here', ...from },
      body,
    });
    return ((await answer.json()) as { code: string }).code;
  };
  expect(await post({ origin: 'http://here' })).toBe('order-invalid');
  expect(await post({ origin: 'http://here' }, 'guessed')).toBe('csrf');
  expect(await post({ origin: 'http://elsewhere' })).toBe('csrf');
  expect(await post({ 'sec-fetch-site': 'cross-site' })).toBe('csrf');
});

it.each([
  ['nothing-like-it', undefined, 'nothing-like-it is not installed beside Sluice; install it there with npm'],
  ['no-extend', 'export const x = 1;', 'no-extend exports no function extend'],
  ['no-fetch', 'export const extend = () => ({});', 'no-fetch gives no fetch'],
  ['throws', 'export const extend = async () => { throw new Error("no port"); };', 'throws cannot begin (no port)'],
  ['broken', 'export const extend = ;', 'broken cannot be loaded ('],
])('%s ends the start with what is wrong', async (name, source, said) => {
  if (source) writeFileSync(join(dir, `${name}.mjs`), source);
  const host = extensionHost(() => createAppNever(), 'local', installation);
  const loading = source ? loadExtensions([name], host, load) : loadExtensions([name], host);
  await expect(loading).rejects.toThrow(`extensions of the installation: ${said}`);
});

function createAppNever(): never {
  throw new Error('nobody asks');
}
