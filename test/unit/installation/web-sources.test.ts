import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { noFile, watchInstallation, webSources } from '../../../src/installation/index.ts';
import { sourceRule } from '../../../src/installation/installation.ts';
import { planFor } from '../../support/routes.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const dir = mkdtempSync(join(tmpdir(), 'sluice-web-'));
async function follow(content: object) {
  const file = join(dir, 'sluice.yaml');
  writeFileSync(file, JSON.stringify({ apiVersion: 'sluice.dev/v1alpha1', kind: 'Installation', ...content }));
  const installation = await watchInstallation(file);
  if ('problems' in installation) throw new Error(JSON.stringify(installation.problems));
  return installation;
}

async function server() {
  const logins: (string | undefined)[] = [];
  const one = createServer((request, response) => {
    logins.push(request.headers.authorization);
    response.end('{"value": 3}');
  }).listen(0, '127.0.0.1');
  await once(one, 'listening');
  closing.push(
    () => one.close(),
    () => one.closeAllConnections(),
  );
  return { address: `http://127.0.0.1:${(one.address() as AddressInfo).port}`, logins };
}

const QUESTION = { path: '/', pointer: '/value' };
const { signal } = new AbortController();

it('asks a source with its login, read anew, and a plan’s own address without any', async () => {
  const { address, logins } = await server();
  const login = { bearer: { file: 'token' } };
  const file = await follow({ addressesInPlans: 'any', webSources: [{ name: 'a', address, login, proxy: 'none' }] });
  const ask = webSources(file);
  writeFileSync(join(dir, 'token'), 'one\n');
  expect(await ask({ source: 'a' }, QUESTION, signal)).toEqual({ value: 3 });
  writeFileSync(join(dir, 'token'), 'two\n');
  expect(await ask({ source: 'a' }, QUESTION, signal)).toEqual({ value: 3 });
  expect(await ask({ address }, QUESTION, signal)).toEqual({ value: 3 });
  expect(logins).toEqual(['Bearer one', 'Bearer two', undefined]);
});

it('asks nobody whom the installation does not name or allow, and says so', async () => {
  const { address, logins } = await server();
  const ask = webSources(await follow({ webSources: [{ name: 'a', address, login: { bearer: { file: 'none' } } }] }));
  expect(await ask({ source: 'b' }, QUESTION, signal)).toEqual({
    reason: 'there is no web source b in the installation: write one of a',
  });
  expect(await ask({ source: 'a' }, QUESTION, signal)).toMatchObject({
    reason: expect.stringContaining('cannot be asked'),
  });
  expect(await ask({ address }, QUESTION, signal)).toEqual({
    reason: 'the installation allows no addresses in plans: write source: and one of a',
  });
  expect(await webSources(noFile())({ address }, QUESTION, signal)).toMatchObject({
    reason: expect.stringContaining('of the machine that asks'),
  });
  expect(logins).toEqual([]);
});

it('a login over plain http is refused', async () => {
  const source = { name: 'a', address: 'http://quality.example.com', login: { bearer: { env: 'TOKEN' } } };
  await expect(follow({ webSources: [source] })).rejects.toThrow(/would go over plain http/);
});

it('a plan is told where its check names nobody', async () => {
  const installation = (await follow({ webSources: [] })).known;
  const plan = planFor((one) => {
    one.analysis.checks.push({ name: 'e', web: { source: 'b', path: '/', pointer: '' }, max: 1 });
  });
  const at = plan.analysis.checks.length - 1;
  expect(sourceRule(installation)(plan)).toMatchObject({
    path: ['spec', 'analysis', 'checks', at, 'web', 'source'],
    message: 'there is no web source b in the installation',
  });
});
