import type { Action, Proof } from '../../src/contract/action.ts';

/** A worker that believes whoever says "good". */
export function proofOf({ actor: { name, channel, groups = [], statement } }: Action): Proof {
  return statement === 'good' ? { person: { name, channel, groups } } : { refused: 'the statement is not good' };
}
