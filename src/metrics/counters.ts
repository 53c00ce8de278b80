/** A snapshot of counters: value by series. */
export type Counters = ReadonlyMap<string, number>;

/**
 * What counters grew by since a first snapshot, restarts included. The last value of a series is remembered while it is
 * missing, so a pod that was not scraped once is not counted twice, and one that is gone keeps what it had contributed.
 */
export class CounterDifference {
  readonly #last: Map<string, number>;
  readonly #grown: Map<string, number>;

  /**
   * @param baseline counts nothing by itself; a series that is not in it was born later and counts from 0
   * @param grown what others have counted before
   */
  constructor(baseline: Counters, grown: Counters = new Map()) {
    this.#last = new Map(baseline);
    this.#grown = new Map(grown);
  }

  /** Values that count nothing by themselves, for series that are not known yet: somebody was there before and only now seen. */
  adopt(snapshot: Counters): void {
    for (const [series, value] of snapshot) if (!this.#last.has(series)) this.#last.set(series, value);
  }

  add(snapshot: Counters): void {
    for (const [series, value] of snapshot) {
      if (!Number.isFinite(value) || value < 0) continue;
      const before = this.#last.get(series) ?? 0;
      // A lower value is a counter that started over at 0.
      const growth = value >= before ? value - before : value;
      this.#grown.set(series, (this.#grown.get(series) ?? 0) + growth);
      this.#last.set(series, value);
    }
  }

  /** Growth by series; series that never appeared after the baseline are absent. */
  get grown(): Counters {
    return this.#grown;
  }
}
