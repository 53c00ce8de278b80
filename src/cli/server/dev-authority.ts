/** What `sluice dev` adds to the installation, so that a first try needs nothing: a key, you with a token, and the dashboard. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { newKey, newToken, readKey, tokenHash } from '../../authority/index.ts';
import type { DeploySender, Installation, InstallationFile, Person, Server } from '../../installation/index.ts';
import { DEV_ACCESS, type DevAccess } from './find-server.ts';

/** Made once and kept beside the database; never printed. @returns its file and what is in it */
export async function keptSecret(
  stateDir: string,
  name: string,
  make: () => string,
): Promise<{ file: string; text: string }> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const file = resolve(stateDir, name);
  await writeFile(file, make(), { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return { file, text: (await readFile(file, 'utf8')).trim() };
}

/**
 * A file that has people, a key or extensions keeps them.
 * @param you name of the person at this machine
 * @param sender of deploy events, unless the file has one of its name
 * @returns token: of you; absent when the file has people
 */
export async function withDevAuthority(
  file: InstallationFile,
  stateDir: string,
  { you, sender }: { you: string; sender: DeploySender },
): Promise<{ installation: InstallationFile; token?: string }> {
  const key = await keptSecret(stateDir, 'server-key', () => newKey().text);
  const { file: revisionKey } = await keptSecret(stateDir, 'revision-key', () => randomBytes(32).toString('base64'));
  const { text: token } = await keptSecret(stateDir, 'token', () => newToken().token);
  const everything = [{ verbs: ['*' as const], plans: ['*/*'], clusters: ['*'] }];
  const tokens = [{ sha256: tokenHash(token), expires: '9999-12-31T00:00:00Z' }];
  const person: Person = { name: you, groups: [], slack: [], oidc: [], tokens, may: everything };
  const vouchesFor: Server['vouchesFor'] = { people: ['*'], verbs: ['*'], plans: ['*/*'] };
  const server: Server = { name: 'sluice dev', keys: [readKey(key.text).id], vouchesFor };
  const add = (read: Installation): Installation => ({
    ...read,
    ...(!read.senders.some(({ name }) => name === sender.name) && { senders: [...read.senders, sender] }),
    ...(read.people.length === 0 && { people: [person] }),
    ...(read.extensions.length === 0 && { extensions: dashboard() }),
    ...(read.revisionKeys.length === 0 && { revisionKeys: [{ kid: 'dev', key: { file: revisionKey } }] }),
    ...(!read.key && { key: { file: key.file }, servers: [...read.servers, server] }),
  });
  return { installation: changedBy(file, add), ...(file.known.people.length === 0 && { token }) };
}

/** Where it is installed beside Sluice; in a clone, where it is built. */
function dashboard(name = '@sluice/dashboard'): string[] {
  try {
    return existsSync(new URL(import.meta.resolve(name))) ? [name] : [];
  } catch {
    return [];
  }
}

/** What was read once is changed once. */
function changedBy(file: InstallationFile, change: (read: Installation) => Installation): InstallationFile {
  const changed = new WeakMap<Installation, Installation>();
  const of = (read: Installation): Installation => {
    const made = changed.get(read) ?? change(read);
    changed.set(read, made);
    return made;
  };
  return {
    get known() {
      return of(file.known);
    },
    current: async () => of(await file.current()),
  };
}

/** The CLI finds it there. @returns what takes it away */
export async function publishAccess(stateDir: string, access: DevAccess): Promise<() => Promise<void>> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const file = join(stateDir, DEV_ACCESS);
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify(access), { mode: 0o600 });
  return () => rm(file, { force: true });
}
