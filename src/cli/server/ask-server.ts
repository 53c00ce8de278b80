import type { Action, ActionAnswer } from '../../contract/action.ts';
import type { ObjectName } from '../commands/shared/object-name.ts';
import { CliError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

/** The server itself waits for the worker. */
const TIMEOUT_MS = 20_000;

/** Of refusals; whatever else a server answers says nothing of what was asked. */
export const STATUS_CODES: Record<number, ExitCode> = {
  401: EXIT.notAllowed,
  403: EXIT.notAllowed,
  404: EXIT.notFound,
  409: EXIT.conflict,
  422: EXIT.usage,
};

/** What works without servers and identity providers. */
export const EMERGENCY =
  'In an emergency pause and abort go straight to Temporal, unverified: leave --server and SLUICE_SERVER out.';

/**
 * @param url of the server, without a slash at its end
 * @param path below `/api/v1`  @param body sent as JSON; absent: nothing is sent
 * @throws CliError when it is refused, or the server does not answer
 */
export async function askServer<Answer>(
  url: string,
  path: string,
  token?: string,
  body?: object,
): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(`${url}/api/v1${path}`, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: { ...(token && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(({ message, cause }: Error) => {
    const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
    throw new CliError(EXIT.unreachable, `the server at ${url} does not answer (${why})`, EMERGENCY);
  });
  const answer = (await response.json().catch(() => ({}))) as Answer & { title?: string; remedy?: string };
  if (response.ok) return { status: response.status, answer };
  const { title = `the server at ${url} answers ${response.status}`, remedy } = answer;
  throw new CliError(STATUS_CODES[response.status] ?? EXIT.unreachable, title, remedy);
}

/**
 * @returns the answer; undefined: it is stored, and no worker confirms it yet
 * @throws CliError when it is refused, or the server does not answer
 */
export async function sendAction(
  { url, token }: Record<'url' | 'token', string>,
  cluster: string,
  name: ObjectName,
  action: Omit<Action, 'actor'>,
): Promise<ActionAnswer | undefined> {
  const asked = askServer<ActionAnswer>(url, `${rolloutPath(cluster, name)}/actions`, token, action);
  const { status, answer } = await asked.catch((error) => {
    if (error.code !== EXIT.conflict) throw error;
    throw new CliError(error.code, `${action.verb} refused: ${error.message}`, error.hint);
  });
  return status === 202 ? undefined : answer;
}

export function rolloutPath(cluster: string, { namespace, name }: ObjectName): string {
  return `/rollouts/${[cluster, namespace, name].map(encodeURIComponent).join('/')}`;
}
