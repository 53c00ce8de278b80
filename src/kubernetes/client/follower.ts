/** The latest of what is followed, kept in the background, with a way to sleep until something changes. */
export class Follower<S> {
  #latest: S | undefined;
  #known = false;
  #failure: { error: unknown } | undefined;
  #wake: () => void = () => {};

  /** @param states ends when its own signal aborts */
  constructor(states: AsyncIterable<S>) {
    void this.#follow(states);
  }

  /** Something was read; before that nothing is known. */
  get known(): boolean {
    return this.#known;
  }

  /** @throws what ended the following */
  get latest(): S | undefined {
    if (this.#failure) throw this.#failure.error;
    return this.#latest;
  }

  /** Ends after the next change, or after `ms`. */
  async change(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, Math.max(0, ms));
    });
    clearTimeout(timer);
  }

  async #follow(states: AsyncIterable<S>): Promise<void> {
    try {
      for await (const state of states) {
        this.#latest = state;
        this.#known = true;
        this.#wake();
      }
    } catch (error) {
      this.#failure = { error };
      this.#wake();
    }
  }
}
