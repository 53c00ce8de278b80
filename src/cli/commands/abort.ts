import { actionCommand } from './shared/action.ts';

export const addAbort = actionCommand({
  verb: 'abort',
  description: 'send all users back to the previous revision and end the rollout',
  leaves:
    'An abort does not stop at once what is under way on the way back: users leave first, the canary is scaled down after they have.',
  example: 'sluice abort demo/reviews --reason "errors in the checkout"',
  wantsReason: true,
});
