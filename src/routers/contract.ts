/**
 * What Sluice needs of anything that steers traffic. A router is one folder with pure knowledge of its objects; reading,
 * fencing, order and drift are the same for all and live in `shared/apply.ts`. How to add one: docs/architecture/extending.md.
 */

import type { RouteFound } from '../contract/activities.ts';
import type { RouteIntent } from '../contract/intent.ts';
import type { Problem } from '../contract/offer.ts';
import type { Plan, RouteKind, RouteRef } from '../contract/plan.ts';
import type { KubeClient, KubeObject, PatchOperation, Ref } from '../kubernetes/client/client.ts';

export interface RouterAbilities {
  /** Split live requests by percent. */
  weights: boolean;
  /** Copy live requests, answers thrown away; `percent`: also a part of them. */
  mirror: 'percent' | 'all' | 'none';
  /** Weights and a mirror on the same rule at the same time. */
  weightsWithMirror: boolean;
  /** Tell requests apart by a header. */
  headerMatch: boolean;
  /** Keep users by a cookie: header match by regular expression, and a response header for one destination alone. */
  affinity: boolean;
  /** How a change is known to be in force: the route's own status says so, or only what the callers' proxies report shows it. */
  observed: 'status' | 'series';
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

/** What an object says in the plan's terms. */
export interface Look {
  /** Absent: its managed rules cannot be read as one intent, or there is none. */
  intent?: RouteIntent;
  /** The first rule that differs from `wanted`, with what it says instead: `spec.http[0] has primary 50 %, canary 50 %`. */
  words: string;
}

/** What the route's own status says about the generation that was written. */
export type Taken =
  | { kind: 'taken' }
  | { kind: 'pending'; sentence: string }
  /** The implementation says no: a backend is missing, a reference is not allowed. */
  | { kind: 'refused'; sentence: string }
  /** This kind of route has no status to go by. */
  | { kind: 'unknown' };

export interface Router {
  kinds: readonly RouteKind[];
  can(kind: RouteKind): RouterAbilities;
  /** The route in the API version that the cluster serves; `object` absent: there is none. */
  resolve(client: KubeClient, route: RouteRef): Promise<{ ref: Ref; object?: KubeObject }>;
  /** Preflight (order rule 10) of `routes`, all of this router's kinds. Reads only. */
  inspect(client: KubeClient, plan: Plan, routes: RouteRef[], labels: PodLabels): Promise<Inspection>;
  /** Pure. @param wanted decides which rule `words` speaks of */
  look(object: KubeObject, plan: Plan, route: RouteRef, wanted: RouteIntent): Look;
  /**
   * The operations that bring the managed rules to the intent and touch nothing else; pure. An intent at rest puts back what
   * `found` says, and every intent removes affinity rules of other rollouts.
   * @param force removes somebody else's mirror from a managed rule too
   * @returns undefined when no rule routes to the primary any more
   */
  change(
    object: KubeObject,
    plan: Plan,
    route: RouteRef,
    intent: RouteIntent,
    found: RouteFound,
    force?: boolean,
  ): PatchOperation[] | undefined;
  /** Pure. */
  taken(object: KubeObject): Taken;
}
