export interface Rate {
  /** Lasting requests per minute of one key. */
  perMinute: number;
  /** Requests that may come at once after a silence. */
  burst: number;
}

/** Keys that are remembered at most; beyond it the longest known are forgotten, so that memory is bounded whoever comes. */
const MAX_KEYS = 10_000;

/** One number per key: when its next request would be on time (GCRA, ITU-T I.371). */
export class RateLimit {
  readonly #due = new Map<string, number>();
  readonly #intervalMs: number;
  readonly #allowanceMs: number;

  constructor({ perMinute, burst }: Rate) {
    this.#intervalMs = 60_000 / perMinute;
    this.#allowanceMs = this.#intervalMs * (burst - 1);
  }

  /** Counts one request. @param now ms @returns ms until one would be taken; 0: this one is */
  take(key: string, now: number): number {
    const due = Math.max(this.#due.get(key) ?? 0, now);
    const wait = due - this.#allowanceMs - now;
    if (wait > 0) return wait;
    this.#due.delete(key);
    this.#due.set(key, due + this.#intervalMs);
    for (const oldest of this.#due.keys()) {
      if (this.#due.size <= MAX_KEYS) break;
      this.#due.delete(oldest);
    }
    return 0;
  }
}
