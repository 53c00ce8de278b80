import type { Clock } from './agenda.ts';
import { NOON } from './agenda.ts';

/** Real time, `speed` times as fast. */
export class RealClock implements Clock {
  private readonly begun = Date.now();
  private readonly speed: number;

  constructor(speed: number) {
    this.speed = speed;
  }

  get now(): number {
    return NOON + (Date.now() - this.begun) * this.speed;
  }

  in(ms: number, what: () => void): () => void {
    const timer = setTimeout(what, ms / this.speed);
    return () => clearTimeout(timer);
  }
}
