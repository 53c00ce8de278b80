/** `sluice login` and `logout` as processes, with a real identity provider and a real server on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InstallationFile, watchInstallation } from '../../../../src/installation/index.ts';
import { type RunningServer, startServer } from '../../../../src/server/main.ts';
import { temporalConfig } from '../../../../src/temporal/config.ts';
import { INSTALLATION_HEAD } from '../../../support/authority.ts';
import { Browser, startProvider, type TestProvider } from '../../../support/identity-provider.ts';
import { EXAMPLE } from '../../../support/plan-text.ts';
import { secretFile } from '../../../support/sender.ts';

const BIN = fileURLToPath(new URL('../../../../bin/sluice.mjs', import.meta.url));

let provider: TestProvider;
let server: RunningServer;
let url: string;
let home: string;
let state: string;
/** Everything that was said anywhere. */
let said = '';

beforeAll(async () => {
  provider = await startProvider();
  home = mkdtempSync(join(tmpdir(), 'sluice-login-'));
  const file = join(home, 'sluice.yaml');
  writeFileSync(join(home, 'reviews.yaml'), EXAMPLE);
  writeFileSync(
    file,
    `${INSTALLATION_HEAD}senders: [{ name: ci, plans: [demo/*], signature: { preset: github, secrets: [${JSON.stringify(secretFile('of-the-hook'))}] } }]
people: [{ name: ann, groups: [sre], oidc: [{ provider: corp, subject: ann@example.com }] }]
identityProviders: [{ name: corp, issuer: "${provider.issuer}", keys: "${provider.issuer}/jwks", audience: sluice, person: /email }]
`,
  );
  const installation = (await watchInstallation(file)) as InstallationFile;
  const write = (line: string) => {
    said += line;
  };
  const log = pino({}, { write });
  const temporal = temporalConfig({ address: '127.0.0.1:9' });
  server = await startServer({ plansDir: home, planNamespaces: ['*'], port: 0, installation, temporal, log });
  url = `http://127.0.0.1:${server.port}`;
  writeFileSync(join(home, 'browser'), `#!/bin/sh\nprintf %s "$1" > ${home}/opened\n`, { mode: 0o700 });
});
afterAll(async () => {
  await server.close();
  provider.close();
  rmSync(home, { recursive: true });
});
beforeEach(() => {
  state = mkdtempSync(join(home, 'state-'));
  Object.assign(provider, { person: 'ann', lifeS: 3600, cancels: false });
  rmSync(join(home, 'opened'), { force: true });
});

interface Run {
  child: ChildProcess;
  ended: Promise<{ code: number | null; out: string; err: string }>;
}

function sluice(...args: string[]): Run {
  const env = { ...process.env, XDG_STATE_HOME: state, BROWSER: join(home, 'browser'), SLUICE_SERVER: url };
  const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const code = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const ended = Promise.all([code, text(child.stdout), text(child.stderr)]).then(([status, out, err]) => {
    said += out + err;
    return { code: status, out, err };
  });
  return { child, ended };
}

/** Where the command sent the browser. */
async function opened(): Promise<string> {
  const look = () => readFileSync(join(home, 'opened'), { encoding: 'utf8', flag: 'a+' });
  await expect.poll(look, { timeout: 20_000 }).toContain('http');
  return look();
}

const logins = () => readFileSync(join(state, 'sluice', 'logins.json'), 'utf8');
const kept = () => JSON.parse(logins())[url];

async function logIn(...args: string[]) {
  const run = sluice('login', ...args);
  const address = await opened();
  const page = await new Browser().visit(address);
  return { ...(await run.ended), address, page };
}

/** No worker and no Temporal are here: whoever is known gets past 401 and 403. */
const asKnown = () => sluice('pause', 'demo/reviews').ended;

describe('sluice login', () => {
  it('logs in by the browser, keeps it for one alone, and proves who asks', async () => {
    const { code, out, page, address } = await logIn('-o', 'json');
    expect({ code, page }).toEqual({ code: 0, page: { status: 200, text: 'Go back to the terminal.\n' } });
    expect(JSON.parse(out)).toMatchObject({ server: url, provider: 'corp', name: 'ann' });
    expect(new URL(address).searchParams.get('code_challenge_method')).toBe('S256');
    expect(statSync(join(state, 'sluice', 'logins.json')).mode & 0o777).toBe(0o600);
    expect(await asKnown()).toMatchObject({ code: 4, err: expect.stringContaining('ann may not pause demo/reviews') });
  });

  it('refreshes what has ended, once for many commands at a time', async () => {
    provider.lifeS = 30;
    await logIn();
    const first = kept();
    provider.lifeS = 3600;
    for (const { err } of await Promise.all([asKnown(), asKnown(), asKnown()])) expect(err).toContain('ann may not');
    expect(kept().refreshToken).not.toBe(first.refreshToken);
    expect(Date.parse(kept().expires)).toBeGreaterThan(Date.parse(first.expires));
  });

  it('by a code, with the browser of another machine', async () => {
    const run = sluice('login', '--device');
    let shown = '';
    run.child.stderr?.on('data', (chunk) => (shown += chunk));
    await expect.poll(() => shown, { timeout: 20_000 }).toMatch(/Open \S+ in any browser and enter \S+/);
    const [, page = '', code = ''] = /Open (\S+) in any browser and enter (\S+)/.exec(shown) ?? [];
    const browser = new Browser();
    const xsrf = /name="xsrf" value="(\w+)"/.exec((await browser.visit(page)).text)?.[1] ?? '';
    await browser.visit(page, { xsrf, user_code: code });
    await browser.visit(page, { xsrf, user_code: code, confirm: 'yes' });
    expect(await run.ended).toMatchObject({ code: 0, out: `Logged in to ${url} as ann, by corp.\n` });
  });

  it('keeps nothing of whom the installation does not know, of a refusal, or of an interruption', async () => {
    provider.person = 'eve';
    expect(await logIn()).toMatchObject({
      code: 4,
      err: expect.stringMatching(/nobody in people .* is "eve@example.com"/),
    });
    provider.cancels = true;
    rmSync(join(home, 'opened'));
    expect(await logIn()).toMatchObject({ code: 4, err: expect.stringContaining('corp says access_denied') });
    rmSync(join(home, 'opened'));
    const run = sluice('login');
    const back = new URL(new URL(await opened()).searchParams.get('redirect_uri') ?? '');
    // others on this machine knock, with a code of their own
    expect((await fetch(`${back}?code=x&state=y`)).status).toBe(404);
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 130, err: expect.stringContaining('error: interrupted\n') });
    expect(() => logins()).toThrow('ENOENT');
  });

  it('says what to do where there is no way', async () => {
    expect(await sluice('login', '--provider', 'other').ended).toMatchObject({
      code: 2,
      err: expect.stringContaining('--provider: corp'),
    });
    expect(await sluice('login', '--server', 'http://sluice.example.com').ended).toMatchObject({
      code: 2,
      err: expect.stringContaining('https://'),
    });
    expect(await asKnown()).toMatchObject({ code: 2, err: expect.stringContaining(`sluice login --server ${url}`) });
    expect(await sluice('logout').ended).toMatchObject({ code: 5 });
  });
});

it('sluice logout ends it here and there, and what is over says so', async () => {
  provider.lifeS = 30;
  await logIn();
  const before = logins();
  expect(await sluice('logout', '-o', 'json').ended).toMatchObject({
    code: 0,
    out: expect.stringContaining('"revoked": true'),
  });
  expect(kept()).toBeUndefined();
  writeFileSync(join(state, 'sluice', 'logins.json'), before);
  expect(await asKnown()).toMatchObject({ code: 4, err: expect.stringContaining('corp says invalid_grant') });
});

it('no token and no code was ever shown', () => {
  expect(provider.given.length).toBeGreaterThan(8);
  expect(provider.given.filter((secret) => said.includes(secret))).toEqual([]);
  expect(said).not.toMatch(/eyJ[\w-]{10}/);
});
