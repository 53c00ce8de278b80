/** What step 1 finds out, and everything later is bound to: the cluster, its objects, the revision and what it replaces. */
import type { WriteObject } from './fence.ts';
import type { RouteIntent } from './intent.ts';
import type { Offer, Problem } from './offer.ts';
import type { AutoscalerBounds, Plan } from './plan.ts';
import type { Revision } from './revision.ts';

/** Uids by name as people say it, `Deployment demo/reviews-v1`: an object that is made anew has another one (order rule 14). */
export type Uids = Record<string, string>;

/** The cluster in which something was detected: a worker of another one refuses it without a request (order rule 14). */
export interface InCluster {
  /** Uid of its namespace `kube-system`. */
  clusterUid: string;
}

export interface DetectInput extends Partial<InCluster> {
  offer: Offer;
  cluster: string;
  /** Temporal's run id: tells a retry of this detection from a late duplicate offer. */
  run: string;
  /** When that run started, ISO 8601; absent from workers of before. */
  startedAt?: string;
}

export type Detected =
  /** `startedBy`: the person who was proven, "ann · api"; `plan`: the worker's own copy, where it is another than the offer's */
  | ({ kind: 'new'; startedBy?: string; plan?: Plan } & NewRevision)
  | ({ kind: 'repair'; left: LeftBehind } & NewRevision)
  /** nothing was left behind */
  | { kind: 'sound'; sentence: string }
  /** `unseen`: what could have changed without being seen, and what would do */
  | { kind: 'unchanged'; revision: Revision; unseen?: string }
  | { kind: 'duplicate'; rollout: string }
  | { kind: 'refused'; problems: Problem[] };

export interface NewRevision extends InCluster {
  /** Of the objects as found: the two Deployments, their HPAs, the routes. */
  uids: Uids;
  /** There is no canary yet: it is made first. */
  withoutCanary?: boolean;
  epoch: number;
  revision: Revision;
  previous: Revision;
  /** Replicas of the primary at the start: the size it must have before users return. */
  primaryReplicas: number;
  /** HPA bounds as found; absent: that side has no HPA. */
  autoscalers: { primary?: NamedBounds; canary?: NamedBounds };
  /** The route's owned fields as found, in the router's own form, to put back at rest. */
  routeFound: RouteFound;
  warnings: string[];
  /** With `source: canary`: what the canary Deployment had, see `DeployEvent.mark`. */
  mark?: string;
  /** Of everything that was saved for this rollout. */
  snapshotHash?: string;
}

/** What the cluster says of a rollout whose workflow is gone. */
export interface LeftBehind {
  /** `<plan>-<epoch>` */
  rollout: string;
  /** Objects that it wrote, or may have written. */
  written: WriteObject[];
  /** Where traffic goes. */
  route: RouteIntent;
  canaryReplicas: number;
  /** pod-template-hash of the canary's pods; absent: it has none. */
  podHash?: string;
  /** Rollout whose cookie users may carry. */
  cookie?: string;
  /** One plain sentence each. */
  sentences: string[];
}

export interface NamedBounds extends AutoscalerBounds {
  name: string;
}

/** Small JSON that only the router reads. */
export type RouteFound = {
  /** How many ways of others to the canary preflight has named. Default 0. Who comes by them is no user left behind. */
  others?: number;
  rules: {
    index: number;
    canary: boolean;
    weighted: boolean;
    /** The primary's weight at rest, any number. Default 100. */
    weight?: number;
    /** Weight of destinations of others beside it. Default 0. */
    others?: number;
    /** `<namespace>/<name>` of the route; absent: the plan's only one. */
    route?: string;
    /** The canary's entry carried a weight. Default false. */
    canaryWeighted?: boolean;
    /** Mirror fields as found; what copied to the canary ends with the rollout. */
    mirror?: Record<string, unknown>;
    /** List that the rule is in. Default `http`. */
    list?: string;
    /** Of the pods that got all users, where the route itself selects them. */
    selector?: Record<string, string>;
    /** Empty header containers (`headers.response.add`) that a destination had, counted from the outside. Default 0. */
    emptyHeaders?: { primary?: number; canary?: number };
  }[];
};
