import type { Action, ActionAnswer } from '../../contract/action.ts';
import type { ObjectName } from '../commands/shared/object-name.ts';
import { CliError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ServerAccess } from './find-server.ts';

/** The server itself waits for the worker. */
const TIMEOUT_MS = 20_000;

const CODES: Record<number, ExitCode> = {
  401: EXIT.notAllowed,
  403: EXIT.notAllowed,
  404: EXIT.notFound,
  409: EXIT.conflict,
  422: EXIT.usage,
};

/**
 * @returns the answer; undefined: it is stored, and no worker confirms it yet
 * @throws CliError when it is refused, or the server does not answer
 */
export async function sendAction(
  { url, token }: ServerAccess,
  cluster: string,
  { namespace, name }: ObjectName,
  action: Omit<Action, 'actor'>,
): Promise<ActionAnswer | undefined> {
  const path = [cluster, namespace, name].map(encodeURIComponent).join('/');
  const response = await fetch(`${url}/api/v1/rollouts/${path}/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(action),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error) => Promise.reject(away(url, error)));
  const body = (await response.json().catch(() => ({}))) as Partial<ActionAnswer> & { title?: string; remedy?: string };
  if (response.ok) return response.status === 202 ? undefined : (body as ActionAnswer);
  const { title = `the server answers ${response.status}`, remedy } = body;
  const code = CODES[response.status] ?? EXIT.unreachable;
  throw new CliError(code, code === EXIT.conflict ? `${action.verb} refused: ${title}` : title, remedy);
}

function away(url: string, { message, cause }: Error): CliError {
  const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
  return new CliError(
    EXIT.unreachable,
    `the server at ${url} does not answer (${why})`,
    'In an emergency pause and abort go straight to Temporal, unverified: leave --server and SLUICE_SERVER out.',
  );
}
