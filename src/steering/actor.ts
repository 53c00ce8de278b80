import { createHmac } from 'node:crypto';
import { type Action, statementText } from '../contract/action.ts';

/** HMAC-SHA-256 over the statement text, as `v1,<base64>`: proves that a holder of the key asked for exactly this action. */
function signAction(action: Action, key: string): string {
  return `v1,${createHmac('sha256', key).update(statementText(action)).digest('base64')}`;
}

/** The action with its statement; without a key it stays unverified, which pause, resume and abort allow. */
export function withStatement(action: Action, key: string | undefined): Action {
  return key ? { ...action, actor: { ...action.actor, statement: signAction(action, key) } } : action;
}
