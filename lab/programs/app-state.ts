import type { Behaviours } from './behaviours.ts';
import type { Control } from './control.ts';

/** What the program does right now: its image's behaviours, overridden by what a test set at run time. */
export class AppState {
  readonly behaviours: Behaviours;
  #control: Control = {};
  #startedAt: number;
  #errorDebt = 0;

  /** @param startedAt milliseconds on the clock that is passed to {@link ready} */
  constructor(behaviours: Behaviours, startedAt: number) {
    this.behaviours = behaviours;
    this.#startedAt = startedAt;
  }

  get control(): Control {
    return this.#control;
  }

  apply(change: Control): void {
    const { reset, ...rest } = change;
    this.#control = { ...(reset ? {} : this.#control), ...rest };
  }

  get slowMs(): number {
    return this.#control.slowMs ?? this.behaviours.slowMs;
  }

  get hanging(): boolean {
    return this.#control.hang ?? false;
  }

  get dropping(): boolean {
    return this.#control.drop ?? false;
  }

  get refusing(): boolean {
    return this.#control.refuse ?? false;
  }

  /** Whether the next request fails. Evenly spread, so that every window shows the asked share. */
  nextFails(): boolean {
    this.#errorDebt += this.#control.errorPercent ?? this.behaviours.errorPercent;
    if (this.#errorDebt < 100) return false;
    this.#errorDebt -= 100;
    return true;
  }

  ready(now: number): boolean {
    if (this.#control.ready !== undefined) return this.#control.ready;
    const { readyAfterMs, flapMs } = this.behaviours;
    const age = now - this.#startedAt;
    if (readyAfterMs === null || age < readyAfterMs) return false;
    return flapMs === null || Math.floor(age / flapMs) % 2 === 0;
  }
}
