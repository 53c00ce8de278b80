import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { holderOf, readKey } from '../../../../src/authority/index.ts';
import { keptSecret, publishAccess, withDevAuthority } from '../../../../src/cli/server/dev-authority.ts';
import { DEV_ACCESS, findServer } from '../../../../src/cli/server/find-server.ts';
import type { Settings } from '../../../../src/cli/settings.ts';
import { type InstallationFile, noFile, watchInstallation } from '../../../../src/installation/index.ts';
import { almighty, INSTALLATION_HEAD } from '../../../support/authority.ts';
import { senderOf } from '../../../support/sender.ts';

const TARGET = { cluster: 'local', namespace: 'demo', plan: 'shop' };
const ME = { you: 'mo', sender: senderOf([]) };
const folder = () => mkdtempSync(join(tmpdir(), 'sluice-dev-'));
afterEach(() => vi.unstubAllEnvs());

describe('sluice dev', () => {
  it('is a server with a key, and you with a token, both kept and readable by nobody else', async () => {
    const dir = folder();
    const { installation, token = '' } = await withDevAuthority(noFile(), dir, ME);
    const known = await installation.current();
    const { file = '' } = known.key ?? {};
    expect(known.servers[0]?.keys).toEqual([readKey(readFileSync(file, 'utf8')).id]);
    expect(holderOf(token, known.people, Date.now())?.may('promote', TARGET)).toBe(true);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect((await withDevAuthority(noFile(), dir, ME)).token).toBe(token);
    expect(await installation.current()).toBe(known);
  });

  it('leaves people, and the key, of a file as they are', async () => {
    const dir = folder();
    const file = join(dir, 'sluice.yaml');
    writeFileSync(file, `${INSTALLATION_HEAD}key: { env: KEY }\n${almighty('ann')}`);
    const { installation, token } = await withDevAuthority(
      (await watchInstallation(file)) as InstallationFile,
      dir,
      ME,
    );
    expect(token).toBeUndefined();
    expect(installation.known).toMatchObject({ key: { env: 'KEY' }, people: [{ name: 'ann' }], servers: [] });
  });

  it('has the dashboard where it is built, and of a file with extensions those', async () => {
    const isBuilt = existsSync(join('node_modules', '@sluice', 'dashboard', 'dist', 'index.js'));
    const { installation } = await withDevAuthority(noFile(), folder(), ME);
    expect(installation.known.extensions).toEqual(isBuilt ? ['@sluice/dashboard'] : []);
    const file = join(folder(), 'sluice.yaml');
    writeFileSync(file, `${INSTALLATION_HEAD}extensions: ["@other/pages"]\n${almighty('ann')}`);
    const own = await withDevAuthority((await watchInstallation(file)) as InstallationFile, folder(), ME);
    expect(own.installation.known.extensions).toEqual(['@other/pages']);
  });

  it('is found while it runs, for the rollouts of its own Temporal and cluster', async () => {
    const home = folder();
    vi.stubEnv('XDG_STATE_HOME', home);
    const server = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = { temporal: { address: '127.0.0.1:7233', namespace: 'default' }, cluster: 'local' } as Settings;
    expect(await findServer(undefined, settings)).toBeUndefined();
    const access = { url, token: 't', address: '127.0.0.1:7233', namespace: 'default', cluster: 'local' };
    const forget = await publishAccess(join(home, 'sluice'), access);
    expect(statSync(join(home, 'sluice', DEV_ACCESS)).mode & 0o077).toBe(0);
    expect(await findServer(undefined, settings)).toMatchObject({ url, token: 't' });
    expect(await findServer(undefined, { ...settings, cluster: 'prod' })).toBeUndefined();
    const elsewhere = { ...settings, temporal: { address: 'temporal.example.com:7233' } };
    expect(await findServer(undefined, elsewhere)).toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
    expect(await findServer(undefined, settings)).toBeUndefined();
    await forget();
    expect(await findServer(undefined, settings)).toBeUndefined();
  });

  it('makes a secret once', async () => {
    const dir = folder();
    const first = await keptSecret(dir, 'x', () => 'one');
    expect(await keptSecret(dir, 'x', () => 'two')).toEqual(first);
  });
});

describe('a server that is named', () => {
  const settings = { cluster: 'local' } as Settings;

  it('needs a token, of the environment or a file', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'token'), 'sluice_file\n');
    await expect(findServer('https://a.example', settings)).rejects.toThrow('there is no token for the server');
    vi.stubEnv('SLUICE_TOKEN_FILE', join(dir, 'token'));
    expect(await findServer('https://a.example/x/', settings)).toEqual({
      url: 'https://a.example/x',
      token: 'sluice_file',
    });
    vi.stubEnv('SLUICE_TOKEN', 'sluice_env');
    expect(await findServer('https://a.example', settings)).toEqual({ url: 'https://a.example', token: 'sluice_env' });
    for (const wrong of ['a.example', 'ftp://a.example', 'https://u:p@a.example', 'https://a.example?x=1'])
      await expect(findServer(wrong, settings)).rejects.toThrow('the server is no web address');
  });
});
