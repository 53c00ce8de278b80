/** The contract between the mirror workflow and its activities, by queue. */
import type { InCluster } from './detected.ts';
import type { Fence } from './fence.ts';
import type { MirrorNumbers, MirrorSpec } from './mirror.ts';
import type { Problem } from './offer.ts';
import type { Destination } from './plan.ts';

/** What the inspection decided about the mirror; every later activity gets it. */
export interface MirrorPlacement extends InCluster {
  /** One more than that of every earlier mirror of this name on the route. */
  epoch: number;
  /** `to` as the route says it: a Service of another namespace spelled out, the port filled in where it is needed. */
  to: Destination;
  /** Mirror fields on the affected rules themselves, or extra rules before them that carry the conditions. */
  shape: 'fields' | 'rules';
  /** Which pods get the copies; absent: their readiness cannot be known. */
  pods?: PodSelection;
  /** `to` is no Service of this cluster. */
  external: boolean;
  /** Who answers, as Istio's metrics name them; without names nobody was found. */
  live: WorkloadNames;
  copies: WorkloadNames;
}

export interface PodSelection {
  namespace: string;
  labels: Record<string, string>;
}

export interface WorkloadNames {
  namespace: string;
  /** Deployments, mostly. */
  names: string[];
}

export type MirrorInspected =
  /** `by`: who is proven to have started it */
  | { kind: 'ready'; placement: MirrorPlacement; warnings: string[]; by?: string }
  | { kind: 'refused'; problems: Problem[] };

/** `startedAt`: ISO 8601, the workflow's clock; `statement` of a server, see `src/authority/orders.ts`. */
export type MirrorStart = { spec: MirrorSpec; startedAt: string; statement?: string };

export interface MirrorTarget extends InCluster {
  spec: MirrorSpec;
  placement: MirrorPlacement;
}

export interface MirrorWriteInput extends MirrorTarget {
  fence: Fence;
  /** Bring the mirror on, or take everything of ours away. */
  on: boolean;
}

export type MirrorWriteResult =
  | { kind: 'written'; at: string }
  /** nothing was written: claimed meanwhile, or no rule is left to mirror */
  | { kind: 'refused'; sentence: string }
  /** written, and the implementation says that it will not do it */
  | { kind: 'notTaken'; sentence: string }
  /** the route does not exist any more */
  | { kind: 'missing'; sentence: string };

export interface MirrorWatchInput extends MirrorTarget {
  fence: Fence;
  /** ISO 8601: numbers count from here. */
  since: string;
  /** ms after which the watch ends with `still`. */
  durationMs: number;
}

export type MirrorWatched =
  | { kind: 'still'; numbers?: MirrorNumbers }
  /** no ready pod of the target is left */
  | { kind: 'target-lost'; sentence: string; numbers?: MirrorNumbers }
  /** somebody else changed our fields, or the route is gone */
  | { kind: 'changed'; sentence: string; numbers?: MirrorNumbers };

/** What the watch shows while it lasts, by its heartbeats. */
export interface MirrorProgress {
  sentence: string;
  numbers?: MirrorNumbers;
}

export interface MirrorMeasureInput extends MirrorTarget {
  /** ISO 8601. */
  since: string;
  until: string;
}

/** Queue `sluice.<cluster>`. */
export interface MirrorClusterActivities {
  inspectMirror(input: MirrorStart): Promise<MirrorInspected>;
  writeMirror(input: MirrorWriteInput): Promise<MirrorWriteResult>;
}

/** Queue `sluice.<cluster>.wait`. */
export interface MirrorWaitActivities {
  watchMirror(input: MirrorWatchInput): Promise<MirrorWatched>;
  measureMirror(input: MirrorMeasureInput): Promise<MirrorNumbers>;
}
