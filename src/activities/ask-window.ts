import type { ControlActivities } from '../contract/activities.ts';
import { type WindowAnswer, windowAt } from '../contract/windows.ts';

/**
 * Whether the plan's hours allow it now. A worker whose clock is behind Temporal's would call the hours closed when the timer for their
 * beginning has fired, so the later of both clocks counts.
 *
 * @param now the worker's clock, ms. Default Date.now
 */
export async function askWindow(
  { purpose, atMs, ...hours }: Parameters<ControlActivities['askWindow']>[0],
  now: () => number = Date.now,
): Promise<WindowAnswer> {
  return windowAt(hours, purpose, Math.max(atMs, now()));
}
