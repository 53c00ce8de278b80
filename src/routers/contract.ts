/** What Sluice needs of anything that steers traffic: say what it can do, look before the first write, write whole intents, read back. */
import type { KubeClient, Ref } from '../cluster/client.ts';
import type { RouteFound, RouteInput, RouteResult } from '../rollout/activities.ts';
import type { RouteIntent } from '../rollout/intent.ts';
import type { Problem } from '../rollout/offer.ts';
import type { Plan, RouteRef } from '../rollout/plan.ts';

export interface RouterAbilities {
  /** Split live requests by percent. */
  weights: boolean;
  /** Copy live requests by percent, answers thrown away. */
  mirror: boolean;
}

/** Labels of the pods on each side, identity labels included. */
export interface PodLabels {
  primaryPodLabels: Record<string, string>;
  canaryPodLabels: Record<string, string>;
}

export interface Inspection {
  /** Our fields of the managed rules as they are, to put back at rest. */
  found: RouteFound;
  /** Where traffic goes now; absent when a rule cannot be read as one intent. */
  intent?: RouteIntent;
  /** What forbids a rollout. Empty: it may start. */
  problems: Problem[];
  warnings: string[];
  /** Highest epoch that this plan left on the routes; absent when it never wrote one. */
  epoch?: number;
}

export interface Router {
  kind: RouteRef['kind'];
  can: RouterAbilities;
  /** Preflight (order rule 10) of all routes of this kind in the plan. Reads only. */
  inspect(client: KubeClient, plan: Plan, labels: PodLabels, signal?: AbortSignal): Promise<Inspection>;
  /** Writes the whole intent to every route of this kind in the plan, fenced, one after another. */
  apply(client: KubeClient, input: RouteInput, signal?: AbortSignal): Promise<RouteResult>;
  /** The plan's routes in the API version that the cluster serves. */
  refs(client: KubeClient, plan: Plan, signal?: AbortSignal): Promise<Ref[]>;
  /** @returns undefined when the routes do not agree or cannot be read as one intent */
  read(client: KubeClient, plan: Plan, signal?: AbortSignal): Promise<RouteIntent | undefined>;
}
