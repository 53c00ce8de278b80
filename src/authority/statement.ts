/** What a server says, whom and what it is about: a compact JWS (RFC 7515, EdDSA). Its key's id is the public key. */
import { CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import type { Action } from '../contract/action.ts';
import type { Installation, Server } from '../installation/index.ts';
import { publicKey, type ServerKey } from './keys.ts';

/** Tells statements apart from each other, and from whatever else a key may sign (RFC 8725, 3.11). */
export type StatementType = 'sluice-action' | 'sluice-offer' | 'sluice-order' | 'sluice-audit';

/** The workflow that it is for. */
export interface About {
  cluster: string;
  /** Id of the workflow. */
  workflow: string;
}

export interface Statement extends About {
  /** The whole action with who asks, apart from the statement. */
  action: Action;
  /** Unix time, s. */
  iat: number;
}

const MALFORMED = { refused: 'the statement of the server is malformed' };
const UNKNOWN_KEY = 'the key of the server is not in the installation of the worker';
const KEY_ID = /^[A-Za-z0-9_-]{43}$/;

export function sign(type: StatementType, said: object, key: ServerKey): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(said)))
    .setProtectedHeader({ alg: 'EdDSA', typ: type, kid: key.id })
    .sign(key.privateKey);
}

/** The action with the statement that its actor asked for it. @param now Unix time, ms */
export async function vouch(action: Action, about: About, key: ServerKey, now = Date.now()): Promise<Action> {
  const said: Statement = { ...about, action: unsigned(action), iat: Math.floor(now / 1000) };
  return { ...action, actor: { ...action.actor, statement: await sign('sluice-action', said, key) } };
}

/** Why nobody is believed; `unknownKey`: the installation may be about to learn it. */
export type Disbelieved = { refused: string; unknownKey?: boolean };

/** What a statement says, and whose it is. */
export async function open<Said>(
  type: StatementType,
  statement: string,
  { servers }: Installation,
): Promise<{ said: Said; server: Server; key: string } | Disbelieved> {
  let server: Server | undefined;
  try {
    const { kid = '' } = decodeProtectedHeader(statement);
    if (!KEY_ID.test(kid)) return MALFORMED;
    server = servers.find(({ keys }) => keys.includes(kid));
    if (!server) return { refused: UNKNOWN_KEY, unknownKey: servers.length > 0 };
    const { payload, protectedHeader } = await compactVerify(statement, publicKey(kid), { algorithms: ['EdDSA'] });
    const said = JSON.parse(Buffer.from(payload).toString('utf8'));
    if (protectedHeader.typ === type && said) return { said, server, key: kid };
  } catch {
    // said below, whatever is wrong with it
  }
  return server ? { refused: `the statement was not made with the key of the server ${server.name}` } : MALFORMED;
}

/** The same for what begins something. @returns undefined where nobody is asked for proofs: the file names neither people nor servers */
export async function openAsked<Said>(
  type: StatementType,
  statement: string | undefined,
  installation: Installation,
): Promise<{ said: Said; server: Server } | Disbelieved | undefined> {
  const { people, servers, unproven } = installation;
  if (people.length + servers.length === 0 && unproven === 'open') return undefined;
  return statement === undefined ? { refused: 'no server vouches for it' } : open(type, statement, installation);
}

/** As it is signed, and as JSON carries it. */
export function unsigned({ actor: { statement: _statement, ...actor }, ...action }: Action): Action {
  return JSON.parse(JSON.stringify({ ...action, actor }));
}
