import type { ControlActivities } from '../contract/activities.ts';
import { windowAt } from '../contract/windows.ts';
import { activity } from './support/activity.ts';

/**
 * A worker whose clock is behind Temporal's would call the hours closed when the timer for their beginning has fired, so the later of
 * both clocks counts.
 *
 * @param now the worker's clock, ms. Default Date.now
 */
export function createAskWindow(now: () => number = Date.now): ControlActivities['askWindow'] {
  return activity(async ({ purpose, atMs, ...hours }) => windowAt(hours, purpose, Math.max(atMs, now())));
}
