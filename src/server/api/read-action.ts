import { actionFault } from '../../contract/message-faults.ts';
import { HttpError } from '../http-error.ts';
import type { ActionRequest } from '../perform.ts';

const FIELDS = ['id', 'verb', 'reason', 'rollout', 'step', 'revision', 'weight', 'question', 'answer'];
/** Two people never mean the same action by chance. */
export const isId = (value: unknown): value is string => typeof value === 'string' && /^[\w.-]{8,100}$/.test(value);

/**
 * The body of a request. The same id of the same person is the same action, and has its effect once.
 * @param person whose it is  @throws HttpError 422 with what would be right
 */
export function readAction(body: unknown, person: string): ActionRequest {
  const { id, ...asked } = Object(body) as Partial<ActionRequest>;
  const fault = Object.keys(asked).every((key) => FIELDS.includes(key))
    ? actionFault({ ...asked, id, actor: { name: person, channel: 'api' } })
    : `the body is an object with ${FIELDS.join(', ')}, and nothing else`;
  if (!fault && isId(id)) return { ...(asked as ActionRequest), id: `${person}/${id}` };
  const message = fault ?? 'id is 8 to 100 letters, digits, dots, - and _, for example a UUID';
  throw new HttpError(422, { code: 'action-invalid', message, remedy: 'correct the body' });
}
