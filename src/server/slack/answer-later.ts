import type { Logger } from 'pino';
import { request } from 'undici';

/** Where Slack takes later answers. */
const SLACK_ORIGIN = 'https://hooks.slack.com';
const TIMEOUT_MS = 5_000;

/** Posts the outcome of what took longer than Slack waits. A failure is logged, without the address, which is a secret. */
export function answerLater(allowed: readonly string[], log: Logger) {
  return async (responseUrl: string | undefined, message: object): Promise<void> => {
    const url = responseUrl ? URL.parse(responseUrl) : null;
    if (!url || ![SLACK_ORIGIN, ...allowed].includes(url.origin)) {
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
  };
}
