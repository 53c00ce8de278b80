/** Answers within the three seconds that Slack waits, by a second message if need be. */
import { request } from 'undici';
import type { SlackDeps } from './steer.ts';
import { onlyYou, type SlackReply } from './text.ts';

/** What is being done, and where its outcome may be sent. */
export interface Work {
  reply: Promise<SlackReply>;
  responseUrl?: string;
}

/** Where Slack takes later answers. */
const SLACK_ORIGIN = 'https://hooks.slack.com';
const TIMEOUT_MS = 5_000;
const WAIT_MS = 2_000;

/** What is said at once; what takes longer follows. */
export async function soon(deps: SlackDeps, { reply, responseUrl }: Work): Promise<SlackReply> {
  const said = await within(reply, deps.slack.waitMs ?? WAIT_MS);
  if (said) return said;
  reply.then((message) => answerLater(deps, responseUrl, message));
  return onlyYou('Taken; the outcome follows here.');
}

/** Said by a message of its own, as nobody is shown a response; not waited for longer than Slack waits. */
export async function apart(deps: SlackDeps, { reply, responseUrl }: Work): Promise<void> {
  await within(
    reply.then((message) => answerLater(deps, responseUrl, message)),
    deps.slack.waitMs ?? WAIT_MS,
  );
}

/** A failure is logged, without the address, which is a secret. */
export async function answerLater(
  { slack, log }: Pick<SlackDeps, 'slack' | 'log'>,
  responseUrl = '',
  message: object,
): Promise<void> {
  const url = URL.parse(responseUrl);
  if (!url || ![SLACK_ORIGIN, ...(slack.answerOrigins ?? [])].includes(url.origin)) {
    log.warn({ origin: url?.origin }, 'a later answer to Slack was not sent: the address is not one of Slack');
    return;
  }
  try {
    // undici follows no redirect unless told to.
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await body.dump();
    if (statusCode !== 200) log.warn({ statusCode }, 'Slack refused a later answer');
  } catch (error) {
    log.warn({ reason: (error as Error).name }, 'a later answer did not reach Slack');
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
