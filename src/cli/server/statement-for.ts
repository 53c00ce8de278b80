import type { Settings } from '../settings.ts';
import { askServer } from './ask-server.ts';
import { findServer } from './find-server.ts';

/** What the server says of it, for whoever begins it; undefined: there is no server, and nobody is proven. */
export async function statementFor(
  server: string | undefined,
  settings: Settings,
  order: { right: 'mirror' | 'repair'; what: unknown; forMs: number },
): Promise<string | undefined> {
  const access = await findServer(server, settings);
  if (!access) return undefined;
  const asked = { ...order, cluster: settings.cluster };
  return (await askServer<{ statement: string }>(access.url, '/statements', access.token, asked)).answer.statement;
}
