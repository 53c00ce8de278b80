import type { ControlActivities } from '../rollout/activities.ts';
import { windowAt } from '../rollout/windows.ts';
import { activity } from './run.ts';

/** @param now the worker's clock, ms. Default Date.now */
export function createAskWindow(now: () => number = Date.now): ControlActivities['askWindow'] {
  return activity(async ({ purpose, ...hours }) => windowAt(hours, purpose, now()));
}
