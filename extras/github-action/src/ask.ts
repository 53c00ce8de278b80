/** Requests to the server, to GitHub and to the issuer of the job's tokens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT, STATUS_CODES } from 'sluice/cli';

interface OutgoingRequest {
  url: string;
  /** Sent as JSON; absent: nothing is sent. */
  body?: object;
  headers?: Record<string, string>;
  token(): Promise<string> | string;
  /** How often it is tried in all. Default 6: about a minute. */
  tries?: number;
  signal?: AbortSignal;
}

const TIMEOUT_MS = 20_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * @returns the answer's JSON
 * @throws CliError with the exit code that fits: it was refused, or nobody could answer however often it was asked
 */
export async function ask<Answer>(asked: OutgoingRequest): Promise<Answer> {
  const { url, tries = 6, signal } = asked;
  for (let attempt = 1; ; attempt += 1) {
    const response: Response | Error = await send(asked).catch((error: Error) => error);
    if (response instanceof CliError) throw response;
    if ('ok' in response && response.ok) return (await response.json()) as Answer;
    if (attempt >= tries || !isPassing(response)) throw await refusal(response, url);
    await sleep(pauseOf(response, attempt), undefined, { signal });
  }
}

async function send({ url, body, headers, token, signal }: OutgoingRequest): Promise<Response> {
  const over = AbortSignal.timeout(TIMEOUT_MS);
  const json = { accept: 'application/json', 'content-type': 'application/json' };
  return fetch(url, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: { ...json, 'user-agent': 'sluice-github-action', ...headers, authorization: `Bearer ${await token()}` },
    // it would take the token along
    redirect: 'error',
    signal: signal ? AbortSignal.any([signal, over]) : over,
  });
}

/** GitHub says with 403 that it was asked too much. */
function isPassing(response: Response | Error): boolean {
  if (response instanceof Error) return true;
  const { status, headers } = response;
  return status >= 500 || status === 429 || (status === 403 && headers.has('retry-after'));
}

/** ms: what the server says, otherwise longer each time; at most a minute. */
function pauseOf(response: Response | Error, attempt: number): number {
  const said = response instanceof Error ? '' : (response.headers.get('retry-after') ?? '');
  const saidMs = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  const own = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
  return Math.min(LONGEST_PAUSE_MS, Math.max(0, Number.isNaN(saidMs) ? own : saidMs));
}

interface RefusalBody {
  /** Of the API, and of GitHub. */
  title?: string;
  message?: string;
  remedy?: string;
  /** Of the hook. */
  error?: RefusalBody & { problems?: Record<'path' | 'message' | 'remedy', string>[] };
}

/** In the words of whoever refuses, or cannot. */
async function refusal(response: Response | Error, url: string): Promise<CliError> {
  const { origin } = new URL(url);
  if (response instanceof Error) {
    const why = (response.cause as NodeJS.ErrnoException | undefined)?.code ?? response.message;
    return new CliError(EXIT.unreachable, `${origin} does not answer (${why})`);
  }
  const { title, message, error, remedy = error?.remedy } = (await response.json().catch(() => ({}))) as RefusalBody;
  const said = title ?? error?.message ?? message ?? `it answers ${response.status}`;
  const problems = (error?.problems ?? []).map((one) => `; ${one.path}: ${one.message}; ${one.remedy}`);
  const code = STATUS_CODES[response.status] ?? EXIT.unreachable;
  return new CliError(code, `${origin}: ${said}${problems.join('')}`, remedy);
}
