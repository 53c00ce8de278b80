import { FAILURES, type RequestOutcome } from './outcome.ts';

/** Requests of one arm at one end, by outcome and by what was answered: code and gRPC status. */
export class OutcomeTally {
  readonly #counts = new Map<RequestOutcome, Map<string, number>>();

  add(outcome: RequestOutcome, answer: string, count: number): void {
    const answers = this.#counts.get(outcome) ?? new Map<string, number>();
    this.#counts.set(outcome, answers.set(answer, (answers.get(answer) ?? 0) + count));
  }

  /** @param answer default: all of them */
  of(outcome: RequestOutcome, answer?: string): number {
    const answers = this.#counts.get(outcome);
    if (answer !== undefined) return answers?.get(answer) ?? 0;
    return [...(answers?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  answers(outcome: RequestOutcome): string[] {
    return [...(this.#counts.get(outcome)?.keys() ?? [])];
  }

  failures(answer?: string): number {
    return FAILURES.reduce((sum, outcome) => sum + this.of(outcome, answer), 0);
  }

  /** A caller who left is in neither of the first two. */
  get counts(): { requests: number; failures: number; left: number } {
    const failures = this.failures();
    return { requests: this.of('answered') + failures, failures, left: this.of('callerLeft') };
  }
}
