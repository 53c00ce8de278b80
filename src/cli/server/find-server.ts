/** Which server an action goes to, and the token that proves who asks. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option } from 'commander';
import { CliError, unreadable } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Settings } from '../settings.ts';

export interface ServerAccess {
  /** Without a slash at its end. */
  url: string;
  token: string;
}

/** What `sluice dev` writes into its state directory while it runs. */
export interface DevAccess extends ServerAccess {
  /** Of the Temporal that it uses: another one has other rollouts. */
  address: string;
  namespace: string;
  cluster: string;
}

/** Its name in the state directory. */
export const DEV_ACCESS = 'dev-server.json';

export function serverOption(): Option {
  return new Option('--server <url>', 'server that proves who asks (default: that of sluice dev, if it runs here)').env(
    'SLUICE_SERVER',
  );
}

/**
 * @param url as it was named
 * @returns undefined when none is named and `sluice dev` does not run here
 * @throws CliError 2 when it is no address, or there is no token for it
 */
export async function findServer(url: string | undefined, settings: Settings): Promise<ServerAccess | undefined> {
  return url === undefined ? devServer(settings) : { url: baseOf(url), token: await readToken(process.env) };
}

function baseOf(text: string): string {
  const url = URL.parse(text);
  const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (plain) return url.href.replace(/\/$/, '');
  throw new CliError(EXIT.usage, 'the server is no web address', 'Write it like https://sluice.example.com');
}

async function readToken({ SLUICE_TOKEN, SLUICE_TOKEN_FILE }: NodeJS.ProcessEnv): Promise<string> {
  const file = SLUICE_TOKEN_FILE ?? '';
  const refused = (error: NodeJS.ErrnoException) => Promise.reject(unreadable(file, error));
  const token = SLUICE_TOKEN || (file && (await readFile(file, 'utf8').catch(refused)));
  if (token) return token.trim();
  throw new CliError(EXIT.usage, 'there is no token for the server', 'Set SLUICE_TOKEN or SLUICE_TOKEN_FILE.');
}

/** Only where it runs for the same rollouts: otherwise the action is meant for somebody else. */
async function devServer(settings: Settings): Promise<ServerAccess | undefined> {
  const [{ temporalOf }, { defaultStateDir }] = await Promise.all([
    import('../temporal/client.ts'),
    import('../temporal/development-server.ts'),
  ]);
  const { address, namespace } = temporalOf(settings);
  try {
    const dev = JSON.parse(await readFile(join(defaultStateDir(), DEV_ACCESS), 'utf8')) as DevAccess;
    if (dev.address !== address || dev.namespace !== namespace || dev.cluster !== settings.cluster) return undefined;
    await fetch(dev.url, { signal: AbortSignal.timeout(1_000) });
    return dev;
  } catch {
    return undefined;
  }
}
