import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchInstallation } from '../../../../src/installation/index.ts';
import { type RunningServer, startServer } from '../../../../src/server/main.ts';
import { temporalConfig } from '../../../../src/temporal/config.ts';
import { EXAMPLE } from '../../../support/plan-text.ts';

const BIN = fileURLToPath(new URL('../../../../bin/sluice.mjs', import.meta.url));
const SECRET = 'the-marker-of-a-secret';
const TEXT = `apiVersion: sluice.dev/v1alpha1
kind: Installation
senders:
  - { name: github, plans: [demo/*], signature: { preset: github, secrets: [{ file: secret }] } }
  - { name: harbor, plans: [demo/*], signature: { preset: harbor, secrets: [{ file: secret }] } }
  - { name: actions, plans: [demo/*], oidc: { preset: github, audience: sluice, claims: { repository: acme/* } } }
`;

let dir: string;
let server: RunningServer;
let said = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-hooks-'));
  const file = join(dir, 'sluice.yaml');
  await Promise.all([
    writeFile(file, TEXT),
    writeFile(join(dir, 'secret'), SECRET),
    writeFile(join(dir, 'reviews.yaml'), EXAMPLE),
  ]);
  const installation = await watchInstallation(file);
  if ('problems' in installation) throw new Error('the file is broken');
  const log = pino(
    {},
    {
      write: (line) => {
        said += line;
      },
    },
  );
  // an event that went any further would be answered 503 here
  const temporal = temporalConfig({ address: '127.0.0.1:9' });
  server = await startServer({ plansDir: dir, planNamespaces: ['*'], port: 0, installation, temporal, log });
});
afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

async function test(sender: string, url = `http://127.0.0.1:${server.port}`): Promise<{ code: number; text: string }> {
  const args = [BIN, 'hooks', 'test', sender, '--url', url, '--installation', join(dir, 'sluice.yaml')];
  const { code, stdout, stderr } = await promisify(execFile)(process.execPath, args)
    .then((ran) => ({ code: 0, ...ran }))
    .catch((error) => error);
  return { code, text: stdout + stderr };
}

describe('sluice hooks test', () => {
  it('sends a ping that is verified and starts nothing', async () => {
    const { code, text } = await test('github');
    expect(code).toBe(0);
    expect(text).toMatch(/^POST http:.*\/hooks\/deploy\/github, signed in x-hub-signature-256\n200 /);
    expect(text).toContain('"offers":[],"nothing":"a ping"');
    expect(text + said).not.toContain(SECRET);
  });

  it('tells that the server has another secret', async () => {
    const server = createServer((_request, response) => response.writeHead(401).end('{"error":{}}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await test('github', `http://127.0.0.1:${port}`)).toMatchObject({
      code: 4,
      text: expect.stringContaining('401'),
    });
    server.close();
  });

  it.each([
    ['nobody', 5, 'there is no sender nobody'],
    ['actions', 2, 'tokens that only its CI jobs can get'],
  ])('%s: %d', async (sender, code, message) => {
    expect(await test(sender)).toMatchObject({ code, text: expect.stringContaining(message) });
  });

  it.each(['harbor', 'github'])('sends nothing of %s over a line where others can read it', async (sender) => {
    const { code, text } = await test(sender, 'http://sluice.example.com');
    expect([code, text]).toEqual([2, expect.stringContaining('could be read on the way')]);
  });

  it('says when nobody answers', async () => {
    expect(await test('github', 'http://127.0.0.1:9')).toMatchObject({ code: 10 });
  });
});
