/** Short answers: escaped, and nothing endless. */
import { escapeSlack } from '../../notify/slack/text.ts';

export interface SlackReply {
  response_type: 'ephemeral' | 'in_channel';
  text: string;
  blocks?: object[];
  /** Default true for a button's message. */
  replace_original?: boolean;
  thread_ts?: string;
}

/** Cut before it is escaped, so that no escape is cut in two. */
const MAX_TEXT = 2_500;

/** Seen by the person who asked alone. */
export function onlyYou(text: string): SlackReply {
  return { response_type: 'ephemeral', text: escapeSlack(text.slice(0, MAX_TEXT)), replace_original: false };
}

/** Seen by the channel: what somebody has done to a rollout. */
export function everybody(text: string): SlackReply {
  return { ...onlyYou(text), response_type: 'in_channel' };
}
