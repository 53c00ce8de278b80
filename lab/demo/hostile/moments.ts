/** What happened when. */
export interface Noted {
  /** Epoch ms. */
  at: number;
  what: string;
}

export class Moments {
  readonly all: Noted[] = [];

  add(what: string, at = Date.now()): number {
    this.all.push({ at, what });
    return at;
  }
}
