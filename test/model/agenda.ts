/** What time it is, and what happens later. */
export interface Clock {
  /** ms since 1970. */
  readonly now: number;
  /** @returns takes it off again */
  in(ms: number, what: () => void): () => void;
}

/** A Monday noon, so that windows of a week mean something. */
export const NOON = Date.parse('2026-11-23T12:00:00Z');

interface Entry {
  at: number;
  order: number;
  what: () => void;
}

/** What happens when: entries of one moment happen in the order in which they were made. */
export class Agenda implements Clock {
  now = NOON;
  private entries: Entry[] = [];
  private made = 0;

  in(ms: number, what: () => void): () => void {
    this.made += 1;
    const entry = { at: this.now + Math.max(0, Math.round(ms)), order: this.made, what };
    this.entries.push(entry);
    return () => {
      this.entries = this.entries.filter((other) => other !== entry);
    };
  }

  /** @returns false when there is nothing left */
  next(): boolean {
    const [first, ...others] = this.entries;
    if (!first) return false;
    const soonest = others.reduce(
      (best, entry) => (entry.at < best.at || (entry.at === best.at && entry.order < best.order) ? entry : best),
      first,
    );
    this.entries = this.entries.filter((entry) => entry !== soonest);
    this.now = soonest.at;
    soonest.what();
    return true;
  }
}
