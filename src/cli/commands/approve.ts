import { actionCommand } from './shared/action.ts';

export const addApprove = actionCommand({
  verb: 'approve',
  description: 'agree to what a rollout waits for; outside its hours: let it go on now',
  leaves:
    'The checks keep running and can still abort. Who delivered the version may not approve it unless the plan says so.',
  example: 'sluice approve demo/reviews --reason "load test looks good"',
});
