/**
 * Messages about rollouts and the channels that carry them. `message.ts` is pure: notices in, subject, text and HTML out. A channel
 * file only sends. Nothing here decides when or whom to tell.
 */
export { createEmailTransport, type EmailTransport, sendEmail } from './email.ts';
export { type Message, noticesMessage } from './message.ts';
export { type Pressed, readButton } from './slack/button.ts';
export { cardOf, type SlackContent } from './slack/card.ts';
export { SlackChannel, slackTrouble } from './slack/channel.ts';
export { escapeSlack } from './slack/text.ts';
export { briefCard, callsPeople, eventsSince, noticeEvents, replyOf } from './slack/thread.ts';
export { eventOf, pingEvent } from './webhook/event.ts';
export { sendWebhook, type WebhookTrouble } from './webhook/send.ts';
