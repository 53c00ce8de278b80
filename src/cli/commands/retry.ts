import { actionCommand } from './shared/action.ts';

export const addRetry = actionCommand({
  verb: 'retry',
  description: 'try again what a rollout that needs you could not do; of several questions, the one that is named',
  leaves: 'The checks keep running as before.',
  example: 'sluice retry demo/reviews',
  arguments: { names: '[question]', read: (question) => ({ question }) },
});
