/** Socket Mode: the same requests over a connection that this server opens, where Slack cannot reach it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LogLevel, SocketModeClient } from '@slack/socket-mode';
import { apart, soon } from './answer-later.ts';
import { command } from './commands.ts';
import { interaction } from './interactions.ts';
import type { SlackDeps } from './steer.ts';

const AGAIN_MS = 2_000;

interface Envelope {
  body: Record<string, unknown>;
  ack(reply?: object): Promise<void>;
}

/**
 * Keeps a connection for as long as the server runs.
 * @param appToken app-level token, `xapp-…`  @param address base of the API, default Slack's own  @returns ends it
 */
export function openSocket(
  deps: SlackDeps,
  appToken: string,
  slackApiUrl = 'https://slack.com/api/',
): () => Promise<void> {
  const clientOptions = { slackApiUrl, retryConfig: { retries: 0 } };
  const quiet = { logLevel: LogLevel.ERROR, autoReconnectEnabled: false };
  const client = new SocketModeClient({ appToken, clientOptions, ...quiet });
  const { log } = deps;
  type Handle = (body: Envelope['body'], notes: Record<string, unknown>) => Promise<object | undefined>;
  const take =
    (handle: Handle) =>
    async ({ body, ack }: Envelope) => {
      const notes = {};
      try {
        await ack(await handle(body, notes));
        log.info(notes, 'request over the socket');
      } catch (error) {
        log.warn({ err: error }, 'a request over the socket was not answered');
      }
    };
  const obey: Handle = async (body, notes) => {
    const work = command(deps, body, notes);
    return work && soon(deps, work);
  };
  const press: Handle = async (body, notes) => {
    const work = interaction(deps, body, notes);
    return work && apart(deps, work).then(() => undefined);
  };
  client.on('slash_commands', take(obey));
  client.on('interactive', take(press));
  const ended = new AbortController();
  keep(client, deps, ended.signal);
  return async () => {
    ended.abort();
    // it says nothing when there is no connection to end
    await Promise.race([client.disconnect(), sleep(AGAIN_MS, undefined, { ref: false })]);
  };
}

async function keep(client: SocketModeClient, { log }: SlackDeps, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const lost = new Promise((resolve) => client.once('disconnected', resolve));
    await client.start().then(
      () => lost,
      (error: Error) => log.warn({ reason: error?.message }, 'the socket to Slack is not open'),
    );
    await sleep(AGAIN_MS, undefined, { ref: false });
  }
}
