/**
 * How to reach Temporal, by the rules of Temporal's own tools: a flag wins over the environment (`TEMPORAL_…`), the environment over the
 * profile of the configuration file. See docs/use/connection.md.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import {
  type ClientConfigProfile,
  type ClientConfigTLS,
  type ClientConnectConfig,
  loadClientConfigProfile,
  toClientOptions,
} from '@temporalio/envconfig';

export interface TemporalFlags {
  /** `host:port` or `host`. */
  address?: string;
  namespace?: string;
}

export interface TemporalConfig {
  /** `host:port`. Default `127.0.0.1:7233`. */
  address: string;
  /** Default `default`. */
  namespace: string;
  /** For `Connection` and `NativeConnection` alike. Holds secrets: never to be shown. */
  options: ClientConnectConfig['connectionOptions'];
}

/** @throws RangeError in one line without secrets, when a setting or a file that it names cannot be used */
export function temporalConfig(flags: TemporalFlags = {}, env: NodeJS.ProcessEnv = process.env): TemporalConfig {
  const profile = loadProfile(env);
  const address = withPort(flags.address || profile.address || '127.0.0.1');
  const namespace = flags.namespace || profile.namespace || 'default';
  checkHeaders(profile);
  if (profile.tls && !profile.tls.disabled) checkFiles(profile.tls);
  const { connectionOptions } = toClientOptions({ ...profile, address });
  const { tls } = connectionOptions;
  if (tls && tls !== true) checkCertificate(tls.clientCertPair);
  return { address, namespace, options: connectionOptions };
}

const DEFAULT_FILE = 'temporalio/temporal.toml in the configuration folder of the user';

function loadProfile(env: NodeJS.ProcessEnv): ClientConfigProfile {
  const { TEMPORAL_CONFIG_FILE: file } = env;
  if (file) checkReadable(file, "Temporal's configuration file", 'TEMPORAL_CONFIG_FILE');
  try {
    return loadClientConfigProfile({ overrideEnvVars: env as Record<string, string> });
  } catch (error) {
    throw new RangeError(`${file ?? DEFAULT_FILE}: ${problemOf(error)}`);
  }
}

/** The parser's first line says what is wrong; the ones below quote the file, which may hold a key. */
function problemOf(error: unknown): string {
  // envconfig reads `profile` without looking whether it is there
  if (error instanceof TypeError) return 'it has no profile; write one below [profile.default]';
  const { message, line, column } = error as Error & { line?: number; column?: number };
  const first = message
    .replace(/\n.*/s, '')
    .replace(/^Profile '(.*)' not .*/, 'it has no [profile.$1], which TEMPORAL_PROFILE names');
  return line === undefined ? first : `line ${line}, column ${column}: ${first}`;
}

const ADDRESS = /^(\[[\da-f:.%]+\]|[\w.-]+)(:\d{1,5})?$/i;
const DEFAULT_PORT = 7233;

function withPort(address: string): string {
  const [, host, port = `:${DEFAULT_PORT}`] = ADDRESS.exec(address) ?? [];
  if (!host) throw new RangeError(`"${address}" is no address of Temporal; write HOST:PORT`);
  return `${host}${port}`;
}

/** gRPC's own error would show the value. */
function checkHeaders({ apiKey, grpcMeta }: ClientConfigProfile): void {
  const headers = { 'the API key (TEMPORAL_API_KEY or api_key)': apiKey, ...grpcMeta };
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !/^[\x20-\x7e]*$/.test(value))
      throw new RangeError(`${name} has characters that no header may have; is there a line break in it?`);
  }
}

function checkFiles(tls: ClientConfigTLS): void {
  const { clientCert, clientKey, serverCACert } = tls;
  if (!clientCert !== !clientKey) {
    throw new RangeError(
      'a client certificate needs its key, and a key its certificate: set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
    );
  }
  const files = [
    [clientCert, 'the client certificate', 'CLIENT_CERT_PATH'],
    [clientKey, 'the key of the client certificate', 'CLIENT_KEY_PATH'],
    [serverCACert, "the authority of Temporal's certificate", 'SERVER_CA_CERT_PATH'],
  ] as const;
  for (const [source, what, name] of files) {
    if (source && 'path' in source) checkReadable(source.path, what, `TEMPORAL_TLS_${name} or ${name.toLowerCase()}`);
  }
}

function checkReadable(file: string, what: string, setting: string): void {
  try {
    readFileSync(file);
  } catch (error) {
    throw new RangeError(`cannot read ${what}, ${file}: ${(error as NodeJS.ErrnoException).code} (set by ${setting})`);
  }
}

function checkCertificate(pair: { crt: Uint8Array; key: Uint8Array } | undefined): void {
  if (!pair) return;
  try {
    createSecureContext({ cert: Buffer.from(pair.crt), key: Buffer.from(pair.key) });
  } catch (error) {
    const { message } = error as Error;
    throw new RangeError(`the client certificate and its key are no pair in PEM: ${message.split(':').at(-1)}`);
  }
}
