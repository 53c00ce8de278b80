import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serverFromEnvironment, serverHandler } from '../src/index.ts';

const INSTALLATION = `apiVersion: sluice.dev/v1alpha1
kind: Installation
senders:
  - name: ci
    plans: ["*/*"]
    signature: { preset: standard-webhooks, secrets: [{ env: TEST_CI_SECRET }] }
`;

async function options() {
  process.env.TEST_CI_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-serverless-'));
  const file = join(folder, 'sluice.yaml');
  writeFileSync(file, INSTALLATION);
  const plansDir = join(folder, 'plans');
  mkdirSync(plansDir);
  const given = await serverFromEnvironment({
    SLUICE_INSTALLATION: file,
    SLUICE_PLANS: plansDir,
    SLUICE_PLAN_NAMESPACES: '*',
  });
  return { ...given, temporal: { namespace: 'default', options: { address: '127.0.0.1:9' } } as never };
}

test('an event without a signature is refused by the same rules as anywhere', async () => {
  const server = serverHandler(options);
  const request = new Request('http://function/hooks/deploy/ci', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const response = await server.fetch(request);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { code: expect.any(String) } });
  await server.close();
});

test('one that cannot be opened is tried anew by the next request', async () => {
  let tries = 0;
  const server = serverHandler(async () => {
    tries += 1;
    if (tries === 1) throw new RangeError('no plans yet');
    return options();
  });
  const ask = () => server.fetch(new Request('http://function/nowhere'));
  await expect(ask()).rejects.toThrow('no plans yet');
  expect((await ask()).status).toBe(404);
  expect(tries).toBe(2);
  await server.close();
});
