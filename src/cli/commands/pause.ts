import { actionCommand } from './shared/action.ts';

export const addPause = actionCommand({
  verb: 'pause',
  description: 'hold a rollout where it is; the checks go on and can still abort it',
  leaves: 'A pause leaves the weights as they are and does not stop the checks: they can still send users back.',
  example: 'sluice pause demo/reviews --reason "looking at the latency"',
});
