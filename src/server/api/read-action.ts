import { actionFault } from '../../contract/message-faults.ts';
import { HttpError } from '../http-error.ts';
import type { ActionRequest } from '../perform.ts';

const FIELDS = ['id', 'verb', 'reason', 'rollout', 'step', 'revision', 'weight', 'question', 'answer'];
/** Two people never mean the same action by chance. */
const ID = /^[\w.-]{8,100}$/;

/**
 * The body of a request. The same id of the same person is the same action, and has its effect once.
 * @param person whose it is  @throws HttpError 422 with what would be right
 */
export function readAction(text: string, person: string): ActionRequest {
  const value = parsed(text);
  const unknown = Object.keys(value).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) throw invalid(`${unknown.slice(0, 40)} is not known here: use ${FIELDS.join(', ')}`);
  if (!ID.test(String(value.id))) throw invalid('id is 8 to 100 letters, digits, dots, - and _, for example a UUID');
  const asked = { ...value, id: `${person}/${value.id}` };
  const fault = actionFault({ ...asked, actor: { name: person, channel: 'api' } });
  if (fault) throw invalid(fault);
  return asked as ActionRequest;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // said below
  }
  throw invalid('the body is a JSON object with id and verb');
}

function invalid(message: string): HttpError {
  return new HttpError(422, { code: 'action-invalid', message, remedy: 'correct the body' });
}
