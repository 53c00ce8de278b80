/**
 * What a server says of an action: a compact JWS (RFC 7515, EdDSA) over whom, what, where and when. Its key's id is the public key.
 */
import { CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import type { Action } from '../contract/action.ts';
import { publicKey, type ServerKey } from './keys.ts';

/** Tells it apart from whatever else a key may sign (RFC 8725, 3.11). */
const TYPE = 'sluice-action';

/** The rollout that it is for. */
interface About {
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

/** The action with the statement that its actor asked for it. @param now Unix time, ms */
export async function vouch(action: Action, about: About, key: ServerKey, now = Date.now()): Promise<Action> {
  const said: Statement = { ...about, action: unsigned(action), iat: Math.floor(now / 1000) };
  const statement = await new CompactSign(Buffer.from(JSON.stringify(said)))
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid: key.id })
    .sign(key.privateKey);
  return { ...action, actor: { ...action.actor, statement } };
}

/** Whose key it names; nothing is proven by that. */
export function keyIdOf(statement: string): string | undefined {
  try {
    return decodeProtectedHeader(statement).kid;
  } catch {
    return undefined;
  }
}

/** @returns undefined when it was not made with this key */
export async function readStatement(statement: string, keyId: string): Promise<Statement | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(statement, publicKey(keyId), { algorithms: ['EdDSA'] });
    return protectedHeader.typ === TYPE ? JSON.parse(Buffer.from(payload).toString('utf8')) : undefined;
  } catch {
    return undefined;
  }
}

/** As it is signed, and as JSON carries it. */
export function unsigned({ actor: { statement: _statement, ...actor }, ...action }: Action): Action {
  return JSON.parse(JSON.stringify({ ...action, actor }));
}
