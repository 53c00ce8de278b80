/** Slack: signed commands and pressed buttons become actions of known people. Nothing here decides about a rollout. */
export { slackApp } from './app.ts';
export { openSocket } from './socket.ts';
export type { SlackOptions } from './steer.ts';
