import type { RolloutView } from '../../contract/view.ts';
import type { Live } from '../../steering/heartbeats.ts';
import type { TerminalLook } from './look.ts';

/**
 * - `polling`: workers were seen lately on every queue of the rollout
 * - `none`: a queue has no worker; the rollout stands still, nothing is lost
 * - `unknown`: nobody looked
 */
export type Workers = 'polling' | 'none' | 'unknown';

export interface Picture {
  view: RolloutView;
  live: Live;
  workers: Workers;
  /** Now, by the clock of the reader. */
  now: Date;
  /** Says that Ctrl-C stops only the watching. */
  watching: boolean;
}

export interface Painter extends Picture {
  look: TerminalLook;
}

/** ms from `since` to `until`, or to now. */
export function span(since: string, until: string | undefined, now: Date): number {
  return (until ? Date.parse(until) : now.getTime()) - Date.parse(since);
}

/** "14:07:02Z": the time of day, UTC, as everywhere else. */
export function timeOfDay(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(11, 19)}Z`;
}
