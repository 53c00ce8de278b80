import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { actionCommand } from './shared/action.ts';

export const addSetWeight = actionCommand({
  verb: 'set-weight',
  description: 'give the canary another share of the users, up or down',
  leaves: 'After a passed interval at that weight the rollout goes on with the next larger one of the plan.',
  example: 'sluice set-weight demo/reviews 5 --reason "a closer look"',
  arguments: { names: '<percent>', read: (text = '') => ({ weight: percentOf(text) }) },
});

function percentOf(text: string): number {
  const percent = /^\d{1,3}%?$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  if (percent >= 1 && percent <= 100) return percent;
  throw new CliError(EXIT.usage, `"${text}" is no weight`, 'Write a whole number from 1 to 100, for example 20');
}
