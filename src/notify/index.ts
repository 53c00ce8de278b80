/**
 * Messages about rollouts and the channels that carry them. `message.ts` is pure: a view in, subject, text and HTML out. A channel
 * file only sends. Nothing here decides when or whom to tell.
 */
export { createEmailTransport, type EmailTransport, sendEmail } from './email.ts';
export { type Message, rolloutMessage } from './message.ts';
