import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalConfig } from '../../../src/temporal/config.ts';

const KEY = 's3cret';

const PROFILES = `
[profile.default]
address = "from-file:1"

[profile.cloud]
address = "acme.a1b2c.tmprl.cloud:7233"
namespace = "acme.a1b2c"
api_key = "${KEY}"

[profile.mtls]
address = "temporal.example.com"
[profile.mtls.tls]
client_cert_path = "/nowhere/client.pem"
client_key_path = "/nowhere/client.key"
`;

let dir: string;
let file: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-temporal-'));
  file = await write('temporal.toml', PROFILES);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text);
  return join(dir, name);
}

describe('temporalConfig', () => {
  it('without any setting is the development server of this machine', () => {
    expect(temporalConfig({}, {})).toEqual({
      address: '127.0.0.1:7233',
      namespace: 'default',
      options: { address: '127.0.0.1:7233' },
    });
  });

  it('takes flags before the environment, the environment before the profile', () => {
    const env = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_ADDRESS: 'from-env:2', TEMPORAL_NAMESPACE: 'env' };
    const places = [
      temporalConfig({ address: 'from-flag:3', namespace: 'flag' }, env),
      temporalConfig({ address: 'from-flag:3' }, env),
      temporalConfig({}, env),
      temporalConfig({}, { TEMPORAL_CONFIG_FILE: file }),
    ].map(({ address, namespace, options }) => [address, options.address, namespace]);
    expect(places).toEqual([
      ['from-flag:3', 'from-flag:3', 'flag'],
      ['from-flag:3', 'from-flag:3', 'env'],
      ['from-env:2', 'from-env:2', 'env'],
      ['from-file:1', 'from-file:1', 'default'],
    ]);
  });

  it('finds the file where the tools of Temporal look for it', async () => {
    await mkdir(join(dir, 'temporalio'));
    await write('temporalio/temporal.toml', PROFILES);
    expect(temporalConfig({}, { XDG_CONFIG_HOME: dir }).address).toBe('from-file:1');
  });

  it('takes the profile that TEMPORAL_PROFILE names, and an API key turns TLS on', () => {
    const env = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'cloud' };
    expect(temporalConfig({}, env)).toMatchObject({
      namespace: 'acme.a1b2c',
      options: { address: 'acme.a1b2c.tmprl.cloud:7233', apiKey: KEY, tls: true },
    });
    expect(temporalConfig({}, { TEMPORAL_API_KEY: KEY }).options).toMatchObject({ apiKey: KEY, tls: true });
  });

  it.each([
    ['temporal.example.com', 'temporal.example.com:7233'],
    ['10.0.0.1:17233', '10.0.0.1:17233'],
    ['[fd00::1]', '[fd00::1]:7233'],
  ])('completes the address %s', (given, address) => {
    expect(temporalConfig({ address: given }, {}).address).toBe(address);
  });

  it.each(['https://temporal.example.com:7233', 'fd00::1', 'a b:1', ':7233'])('refuses the address %s', (address) => {
    expect(() => temporalConfig({ address }, {})).toThrow(`"${address}" is no address of Temporal; write HOST:PORT`);
  });
});

describe('what cannot be used is said in one line', () => {
  const problem = (env: Record<string, string>): string => {
    try {
      temporalConfig({}, env);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('nothing was refused');
  };

  it('a configuration file that is not there', () => {
    expect(problem({ TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' })).toBe(
      "cannot read Temporal's configuration file, /nowhere/temporal.toml: ENOENT (set by TEMPORAL_CONFIG_FILE)",
    );
  });

  it('a profile that is not in it', () => {
    expect(problem({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'cluod' })).toBe(
      `${file}: it has no [profile.cluod], which TEMPORAL_PROFILE names`,
    );
    expect(problem({ TEMPORAL_PROFILE: 'cloud', XDG_CONFIG_HOME: '/nowhere' })).toContain('temporalio/temporal.toml');
  });

  it('a broken file, by its place and without its content', async () => {
    const broken = await write('broken.toml', `[profile.default]\napi_key = "${KEY}\nnamespace = "a"\n`);
    const message = problem({ TEMPORAL_CONFIG_FILE: broken });
    expect(message).toMatch(/broken\.toml: line 2, column 18: Invalid TOML document: \w.*$/);
    expect(message).not.toContain(KEY);
  });

  it('a file without profiles', async () => {
    const empty = await write('empty.toml', '');
    expect(problem({ TEMPORAL_CONFIG_FILE: empty })).toBe(
      `${empty}: it has no profile; write one below [profile.default]`,
    );
  });

  it('a certificate that is not there', () => {
    expect(problem({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'mtls' })).toBe(
      'cannot read the client certificate, /nowhere/client.pem: ENOENT (set by TEMPORAL_TLS_CLIENT_CERT_PATH or client_cert_path)',
    );
    expect(problem({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: dir })).toContain(`${dir}: EISDIR`);
  });

  it('a certificate without its key, and what is none', () => {
    expect(problem({ TEMPORAL_TLS_CLIENT_CERT_PATH: file })).toContain('a client certificate needs its key');
    expect(problem({ TEMPORAL_TLS_CLIENT_CERT_PATH: file, TEMPORAL_TLS_CLIENT_KEY_PATH: file })).toBe(
      'the client certificate and its key are no pair in PEM: no start line',
    );
  });

  it('an API key or header with a line break, without showing it', () => {
    for (const name of ['TEMPORAL_API_KEY', 'TEMPORAL_GRPC_META_TOKEN']) {
      const message = problem({ [name]: `${KEY}\n` });
      expect(message).toContain('is there a line break in it?');
      expect(message).not.toContain(KEY);
    }
  });
});
