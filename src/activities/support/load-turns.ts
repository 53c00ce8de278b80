import type { Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';

/** Requests per second, unless the worker is told otherwise. */
const MOST = 1_000;

/** What all load tests of a worker may send together: each waits its turn, in order. */
export class LoadTurns {
  readonly most: number;
  #used = 0;
  readonly #waiting: { rate: number; begin: () => void }[] = [];

  /** @param most requests per second. Default 1 000 */
  constructor(most = MOST) {
    this.most = most;
  }

  /** Why a test of this plan can never have its turn. */
  problems({ load, during }: Pick<Plan, 'load' | 'during'>): Problem[] {
    const problem = (where: string, rate = 0): Problem[] => {
      if (rate <= this.most) return [];
      const remedy = `write at most ${this.most} in the plan, or start the workers with --max-load ${rate}`;
      return [{ where, problem: `${rate} is more than a worker sends, ${this.most}`, remedy }];
    };
    return [
      ...problem('spec.load.requestsPerSecond', load?.requestsPerSecond),
      ...problem('spec.load.during.requestsPerSecond', during?.requestsPerSecond),
    ];
  }

  /** "800 of 1000 requests a second are taken by others" */
  get sentence(): string {
    return `${this.#used} of ${this.most} requests a second are taken by others`;
  }

  /** @returns ends the turn @throws the signal's reason when it aborts before */
  async take(rate: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    await new Promise<void>((begin, reject) => {
      const turn = { rate, begin };
      this.#waiting.push(turn);
      signal.addEventListener('abort', () => {
        const index = this.#waiting.indexOf(turn);
        if (index >= 0) this.#waiting.splice(index, 1);
        reject(signal.reason);
        this.#next();
      });
      this.#next();
    });
    return () => {
      this.#used -= rate;
      this.#next();
    };
  }

  #next(): void {
    const [first] = this.#waiting;
    if (!first || this.#used + first.rate > this.most) return;
    this.#waiting.shift();
    this.#used += first.rate;
    first.begin();
    this.#next();
  }
}
