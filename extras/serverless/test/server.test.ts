import { expect, test } from 'vitest';
import { serverHandler } from '../src/index.ts';

const SENDER = {
  name: 'ci',
  plans: ['*/*'],
  signature: { preset: 'standard-webhooks', secrets: [{ env: 'TEST_CI_SECRET' }] },
} as never;

function options() {
  process.env.TEST_CI_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const plans = { plansDir: import.meta.dirname, planNamespaces: ['*'] };
  return {
    ...plans,
    ownSender: SENDER,
    temporal: { namespace: 'default', options: { address: '127.0.0.1:9' } } as never,
  };
}

test('an event without a signature is refused by the same rules as anywhere', async () => {
  const server = serverHandler(async () => options());
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
