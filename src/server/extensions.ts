/** Packages that the installation names: loaded once, asked for what is not the core's own. */

import type { Hono } from 'hono';
import type { InstallationFile } from '../installation/index.ts';
import type { AppEnv } from './env.ts';
import type { BrowserSession, Extend, ExtensionHost, ServerExtension } from './extension.ts';
import { HttpError } from './http-error.ts';
import { whoAsks } from './login/who-asks.ts';

export interface Extensions {
  /** The first page of the first one that has one. */
  home: string | undefined;
  fetch(request: Request): Promise<Response | undefined>;
  close(): Promise<void>;
}

/** @param load default: as Node finds packages beside Sluice  @throws RangeError that names the package and what would be right */
export async function loadExtensions(
  names: readonly string[],
  host: ExtensionHost,
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<Extensions> {
  const loaded: ServerExtension[] = [];
  for (const name of names) loaded.push(await extended(name, host, load));
  return {
    home: loaded.find(({ home }) => home !== undefined)?.home,
    async fetch(request) {
      for (const one of loaded) {
        const answer = await one.fetch(request);
        if (answer) return answer;
      }
      return undefined;
    },
    close: async () => void (await Promise.all(loaded.map((one) => one.close?.()))),
  };
}

async function extended(name: string, host: ExtensionHost, load: (name: string) => Promise<unknown>) {
  const found = await load(name).catch((error: NodeJS.ErrnoException) => {
    const isAbsent = error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(`'${name}'`);
    const why = isAbsent ? 'is not installed beside Sluice' : `cannot be loaded (${error.message})`;
    throw wrong(name, why, 'install it there with npm, or take it out of the list');
  });
  const { extend } = Object(found) as { extend?: Extend };
  if (typeof extend !== 'function') throw wrong(name, 'exports no function extend', 'name an extension of Sluice');
  const made = await Promise.resolve(extend(host)).catch((error: Error) => {
    throw wrong(name, `cannot begin (${error.message})`, 'see what it needs, or take it out of the list');
  });
  if (typeof Object(made).fetch !== 'function')
    throw wrong(name, 'gives no fetch', 'name one that is made for this version of Sluice');
  return made;
}

function wrong(name: string, why: string, remedy: string): RangeError {
  return new RangeError(`extensions of the installation: ${name} ${why}; ${remedy}`);
}

/** Of what the browser sent, as far as it says who asks and from where. */
const FROM = ['authorization', 'cookie', 'host', 'origin', 'sec-fetch-site'];
const ASKED = ['accept', 'content-type', 'if-none-match', 'last-event-id', 'x-csrf-token'];

/** The door of a server. @param app answers to `/api/v1` */
export function extensionHost(app: () => Hono<AppEnv>, cluster: string, installation: InstallationFile): ExtensionHost {
  return {
    cluster,
    async api(asked, from) {
      const { pathname, search } = new URL(asked.url);
      const headers = new Headers([...taken(asked, ASKED), ...taken(from, FROM)]);
      const body = asked.body ? await asked.arrayBuffer() : undefined;
      const url = new URL(`${pathname}${search}`, from.url);
      return app().fetch(new Request(url, { method: asked.method, headers, body, signal: from.signal }));
    },
    async session(from): Promise<BrowserSession | undefined> {
      const asker = await whoAsks(installation, from.headers).catch((error) => {
        if (error instanceof HttpError) return undefined;
        throw error;
      });
      if (!asker) return undefined;
      const { holder, session } = asker;
      return { name: holder.person.name, groups: holder.person.groups, ...session };
    },
  };
}

function taken({ headers }: Request, names: readonly string[]): [string, string][] {
  return names.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] satisfies [string, string]];
  });
}
