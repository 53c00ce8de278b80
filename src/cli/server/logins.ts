/** Who is logged in to which server: one file in the state directory that nobody else may read. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultStateDir } from '../temporal/development-server.ts';

/** As a server names it. */
export interface ProviderTerms {
  provider: string;
  issuer: string;
  /** Id of the client there. */
  client: string;
  /** What is asked for. */
  scope: string;
}

export interface Login extends ProviderTerms {
  idToken: string;
  /** When that one ends, ISO 8601. */
  expires: string;
  refreshToken?: string;
}

const fileOf = (name: string) => join(defaultStateDir(), name);

/** By the server's URL. */
export async function readLogins(): Promise<Record<string, Login | undefined>> {
  return JSON.parse(await readFile(fileOf('logins.json'), 'utf8').catch(() => '{}'));
}

/** Takes it in, or out. Only while {@link whileLocked}. */
export async function keepLogin(server: string, login: Login | undefined): Promise<void> {
  const next = fileOf('logins.json.new');
  await rm(next, { force: true });
  await writeFile(next, JSON.stringify({ ...(await readLogins()), [server]: login }), { mode: 0o600, flag: 'wx' });
  await rename(next, fileOf('logins.json'));
}

/** What a process that died has left behind holds nobody for longer. */
const LONGEST_WAIT_MS = 15_000;

/** One process at a time: many identity providers end a login whose refresh token is used twice (RFC 9700, 4.14). */
export async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
  await mkdir(defaultStateDir(), { recursive: true, mode: 0o700 });
  const [lock, end] = [fileOf('logins.lock'), Date.now() + LONGEST_WAIT_MS];
  const take = () => writeFile(lock, '', { mode: 0o600, flag: 'wx' });
  while (await take().catch(() => Date.now() < end)) await sleep(50);
  return work().finally(() => rm(lock, { force: true }));
}
