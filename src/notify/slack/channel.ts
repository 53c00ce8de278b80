/** One channel of Slack. It only sends, and repeats nothing by itself. Methods: Slack's documentation, "Web API". */
import { ErrorCode, LogLevel, type WebAPICallError, WebClient } from '@slack/web-api';
import type { SlackContent } from './card.ts';

interface SlackMessage {
  channel: string;
  ts: string;
}

/** By which a message that may have been posted is found again. */
type SlackMark = { id: string } & Record<string, string>;

/** Why something could not be sent. `final`: trying again cannot help; `perhaps`: it may have arrived all the same. */
export interface SlackTrouble {
  reason: string;
  perhaps: boolean;
  final?: boolean;
  afterMs?: number;
}

const TIMEOUT_MS = 10_000;
const EVENT = 'sluice_rollout';
const MOST_LOOKED_AT = 100;

export class SlackChannel {
  readonly #client: WebClient;
  readonly #channel: string;

  /** @param address base of the API, default Slack's own */
  constructor(token: string, channel: string, address = 'https://slack.com/api/') {
    this.#channel = channel;
    const once = { retryConfig: { retries: 0 }, rejectRateLimitedCalls: true };
    this.#client = new WebClient(token, {
      slackApiUrl: address,
      timeout: TIMEOUT_MS,
      logLevel: LogLevel.ERROR,
      ...once,
    });
  }

  /** @param thread absent: a message of its own  @param everybody shown in the channel as well */
  async post(content: SlackContent, mark: SlackMark, thread?: string, everybody = false): Promise<SlackMessage> {
    const metadata = { event_type: EVENT, event_payload: mark };
    const message = { channel: this.#channel, ...content, metadata, unfurl_links: false, unfurl_media: false };
    const reply = { ...message, thread_ts: thread ?? '', reply_broadcast: everybody };
    const { channel = this.#channel, ts = '' } = await this.#client.chat.postMessage(thread ? reply : message);
    return { channel, ts };
  }

  /** @returns whether it is still there */
  async update(message: SlackMessage, content: SlackContent): Promise<boolean> {
    const updated = this.#client.chat.update({ ...message, ...content });
    return (await updated.catch(unless('message_not_found', 'edit_window_closed'))) !== undefined;
  }

  /** Of the newest messages, or replies, the one with this mark; an app that may not read finds nothing. */
  async find(id: string, thread?: string): Promise<{ message: SlackMessage; mark: SlackMark } | undefined> {
    const asked = { channel: this.#channel, limit: MOST_LOOKED_AT, include_all_metadata: true };
    const { conversations } = this.#client;
    const read = thread ? conversations.replies({ ...asked, ts: thread }) : conversations.history(asked);
    const { messages = [] } = (await read.catch(unless('missing_scope'))) ?? {};
    for (const { ts, metadata } of messages as { ts?: string; metadata?: { event_payload?: SlackMark } }[]) {
      const mark = metadata?.event_payload;
      if (ts && mark?.id === id) return { message: { channel: this.#channel, ts }, mark };
    }
    return undefined;
  }
}

function unless(...expected: string[]): (error: WebAPICallError) => undefined {
  return (error) => {
    if (error.code !== ErrorCode.PlatformError || !expected.includes(error.data.error)) throw error;
  };
}

/** Of what is wrong with the message itself; everything else may be mended. */
const FINAL = ['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long', 'no_text'];
const PERHAPS = ['fatal_error', 'internal_error', 'request_timeout', 'service_unavailable'];

/** Nothing of the token is in it. */
export function slackTrouble(thrown: unknown): SlackTrouble {
  const error = thrown as WebAPICallError;
  switch (error.code) {
    case ErrorCode.RateLimitedError:
      return {
        reason: `Slack wants ${error.retryAfter} s of silence`,
        perhaps: false,
        afterMs: error.retryAfter * 1000,
      };
    case ErrorCode.PlatformError: {
      const { error: code } = error.data;
      const remedy = /channel/.test(code) ? ': invite the app to the channel, or correct its id' : '';
      return { reason: `Slack says ${code}${remedy}`, perhaps: PERHAPS.includes(code), final: FINAL.includes(code) };
    }
    case ErrorCode.HTTPError:
      return { reason: `Slack answers ${error.statusCode}`, perhaps: error.statusCode >= 500 };
    default: {
      const { cause, name } = error.original ?? error;
      const { code = name } = (cause ?? {}) as NodeJS.ErrnoException;
      return { reason: `Slack cannot be reached (${code})`, perhaps: !['ECONNREFUSED', 'ENOTFOUND'].includes(code) };
    }
  }
}
