import { actionCommand } from './shared/action.ts';

export const addResume = actionCommand({
  verb: 'resume',
  description: 'let a paused rollout, or one that needs you, go on',
  leaves: 'The checks keep running as before.',
  example: 'sluice resume demo/reviews',
});
