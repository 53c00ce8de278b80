import { ANSWERS, isAnswer } from '../../contract/question.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { actionCommand } from './shared/action.ts';

export const addAnswer = actionCommand({
  verb: 'answer',
  description: 'answer one of the questions of a rollout that needs you; sluice get shows them',
  leaves: 'Other questions stay open; the checks keep running as before.',
  example: 'sluice answer demo/reviews refused/route leave-it --reason "the mesh team repairs it"',
  arguments: {
    names: '<question> <answer>',
    read: (question, answer) => {
      if (isAnswer(answer)) return { question, answer };
      throw new CliError(EXIT.usage, `"${answer}" is no answer`, `Write one of ${ANSWERS.join(', ')}`);
    },
  },
});
