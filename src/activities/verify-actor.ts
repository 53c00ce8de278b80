import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Action } from '../contract/action.ts';
import { statementText } from '../contract/action.ts';

const FORM = /^v1,([A-Za-z0-9+/]{43}=)$/;

/** Tells whether an action's statement was made with `key`. Without a key nothing can be verified, so the answer is false. */
export async function verifyActor(key: string | undefined, action: Action): Promise<boolean> {
  const given = FORM.exec(action.actor.statement ?? '')?.[1];
  if (!key || !given) return false;
  const expected = createHmac('sha256', key).update(statementText(action)).digest();
  const proof = Buffer.from(given, 'base64');
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}
