/** Chat: signed slash commands become actions of known people. Nothing here decides about a rollout. */
export { type SlackOptions, slackCommands } from './commands.ts';
