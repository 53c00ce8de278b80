import type { ClusterActivities } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { applyIntent } from '../routers/index.ts';
import { activity } from './support/activity.ts';

/** Brings the plan's routes to an intent, fenced, and reads them back when the write was made before. */
export function createRoute(deps: { client: KubeClient }): ClusterActivities['route'] {
  return activity((input, { signal }) => applyIntent(deps.client, input, signal));
}
