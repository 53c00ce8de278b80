/** How long an abort takes until the first route is written that gives the canary nothing; seen where one worker does both parts. */

/** Runs of rollouts that are remembered at most. */
const MOST_KNOWN = 100;

/** The write and the proof of who asked go side by side, so either may be seen first. */
export class AbortClock {
  readonly #known = new Map<string, { abortMs?: number; zeroMs?: number }>();

  /** Somebody asked for it. @returns seconds until the write that came meanwhile, or undefined */
  asked(run: string, abortMs: number): number | undefined {
    return this.#note(run, { abortMs });
  }

  /** The canary gets nothing. @returns seconds since it was asked for; undefined: it was not, or this is not the first */
  written(run: string, zeroMs: number): number | undefined {
    return this.#note(run, { zeroMs });
  }

  #note(run: string, news: { abortMs?: number; zeroMs?: number }): number | undefined {
    const { abortMs, zeroMs } = { ...this.#known.get(run), ...news };
    const over = abortMs !== undefined && zeroMs !== undefined && zeroMs >= abortMs;
    this.#known.delete(run);
    this.#known.set(run, { zeroMs, ...(!over && { abortMs }) });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) break;
      this.#known.delete(oldest);
    }
    return over ? (zeroMs - abortMs) / 1000 : undefined;
  }
}
