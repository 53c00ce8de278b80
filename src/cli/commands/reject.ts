import { actionCommand } from './shared/action.ts';

export const addReject = actionCommand({
  verb: 'reject',
  description: 'refuse what a rollout waits for: all users go back to the previous revision',
  leaves: 'The canary is scaled down after users have left and connections have drained.',
  example: 'sluice reject demo/reviews --reason "not before the campaign"',
  wantsReason: true,
});
