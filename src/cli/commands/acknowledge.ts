import { actionCommand } from './shared/action.ts';

export const addAcknowledge = actionCommand({
  verb: 'acknowledge',
  description: 'say that you have seen a question: it is not told again, and stays open',
  leaves: 'The question still waits for its answer.',
  example: 'sluice acknowledge demo/reviews refused/route',
  arguments: { names: '<question>', read: (question) => ({ question }) },
});
