/** Which server an action goes to, and the token that proves who asks. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option } from 'commander';
import { isLoopback } from '../../network/address.ts';
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

export function serverOption(what = 'server that proves who asks (default: sluice dev, if it runs here)'): Option {
  return new Option('--server <url>', what).env('SLUICE_SERVER');
}

/** @param option that names it  @param what goes there @throws CliError 2 when it is none, or that could be read on the way */
export function overTls(url = '', option = '--server', what = 'what proves you'): string {
  const base = baseOf(url, option);
  if (base.startsWith('https:') || isLoopback(new URL(base).hostname)) return base;
  throw new CliError(EXIT.usage, `${what} could be read on the way`, 'Use an https:// address.');
}

/**
 * @param url as it was named
 * @returns undefined when none is named and `sluice dev` does not run here
 * @throws CliError 2 when it is no address, or there is no token for it
 */
export async function findServer(url: string | undefined, settings: Settings): Promise<ServerAccess | undefined> {
  if (url === undefined) return devServer(settings);
  return { url: baseOf(url), token: await readToken(baseOf(url), process.env) };
}

function baseOf(text: string, option = '--server'): string {
  const url = URL.parse(text);
  const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (plain) return url.href.replace(/\/$/, '');
  const problem = text === '' ? 'which server?' : 'the server is no web address';
  throw new CliError(EXIT.usage, problem, `Write it like ${option} https://sluice.example.com`);
}

async function readToken(server: string, { SLUICE_TOKEN, SLUICE_TOKEN_FILE }: NodeJS.ProcessEnv): Promise<string> {
  const file = SLUICE_TOKEN_FILE ?? '';
  const refused = (error: NodeJS.ErrnoException) => Promise.reject(unreadable(file, error));
  const token = SLUICE_TOKEN || (file && (await readFile(file, 'utf8').catch(refused)));
  if (token) return token.trim();
  const { loginToken } = await import('./identity-provider.ts');
  const login = await loginToken(server);
  if (login) return login;
  const hint = `Log in with sluice login --server ${server}, or set SLUICE_TOKEN or SLUICE_TOKEN_FILE.`;
  throw new CliError(EXIT.usage, 'there is no token for the server', hint);
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
