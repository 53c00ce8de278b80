import type { RouteInput, RouteResult } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { applyIntent } from '../routers/index.ts';

/** Brings the plan's routes to an intent, fenced, and reads them back when the write was made before. */
export function route(client: KubeClient, input: RouteInput): Promise<RouteResult> {
  return applyIntent(client, input);
}
