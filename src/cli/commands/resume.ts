import { actionCommand } from './shared/action.ts';

export const addResume = actionCommand({
  verb: 'resume',
  description: 'let a paused rollout go on; questions are answered by retry and answer',
  leaves: 'The checks keep running as before.',
  example: 'sluice resume demo/reviews',
});
