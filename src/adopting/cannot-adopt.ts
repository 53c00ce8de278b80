import type { Problem } from '../contract/offer.ts';

/** Why a Deployment is not adopted, or not given back. What was written before it was told. */
export class CannotAdopt extends Error {
  override readonly name = 'CannotAdopt';
  readonly problem: Problem;

  constructor(where: string, problem: string, remedy: string) {
    super(`${where}: ${problem}`);
    this.problem = { where, problem, remedy };
  }
}
