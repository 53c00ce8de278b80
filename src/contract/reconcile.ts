/** What lost rollouts left behind: the contract between the command line, the workflow `reconcile` and its activities. */
import type { InCluster } from './detected.ts';
import type { OfferAnswer } from './offer.ts';
import type { Plan } from './plan.ts';

export interface ReconcileInput {
  cluster: string;
  /** Namespaces to look in. Absent: those that Temporal knows rollouts of. */
  namespaces?: string[];
  /** Start repairs; otherwise only report. */
  repair: boolean;
  /** Of a server, see `src/authority/orders.ts`: who may repair where, until when. */
  statement?: string;
}

/** Something of a rollout on the objects of its plan. */
export interface Leftover {
  /** The plan as the rollout pinned it. */
  plan: Plan;
  /** `<plan>-<epoch>`, as the cluster says. */
  rollout: string;
  /** Highest epoch on the plan's objects: it changes with every rollout and every repair. */
  epoch: number;
  /** One plain sentence each. */
  sentences: string[];
}

/** A cluster with open rollouts or mirrors, and a queue that no worker polls. */
export interface UnservedCluster {
  cluster: string;
  queues: string[];
  /** How many are open. */
  open: number;
  /** The first 50 of them. */
  waiting: WaitingWorkflow[];
}

export interface WaitingWorkflow {
  workflowId: string;
  /** Temporal's clock, ISO 8601; absent: it waits for no worker just now. */
  since?: string;
}

/** All of one cluster. */
export interface Leftovers extends InCluster {
  leftovers: Leftover[];
  problems: string[];
}

export interface ReconcileReport {
  cluster: string;
  /** Namespaces that were looked in. */
  namespaces: string[];
  found: RolloutWithoutWorkflow[];
  /** Namespaces that could not be looked in, and why. */
  problems: string[];
  /** Of all clusters of the Temporal namespace. */
  unserved: UnservedCluster[];
  /** Absent: nothing was to be exported. */
  exported?: AuditExport;
}

/** New files with audits of rollouts that are over, and why there are not more. */
export type AuditExport = { files: number; problem?: string };

/** A rollout without a workflow. */
export interface RolloutWithoutWorkflow {
  plan: string;
  namespace: string;
  rollout: string;
  sentences: string[];
  /** What its target said to the repair; absent: none was asked for. */
  repair?: OfferAnswer;
}

/** Queue `sluice.<cluster>`. */
export interface ReconcileClusterActivities {
  /** Everything that is not at rest, whether a workflow looks after it or not. */
  findLeftovers(input: { namespaces: string[] } & Partial<InCluster>): Promise<Leftovers>;
}

/** Queue `sluice`. */
export interface ReconcileControlActivities {
  /** Namespaces of the rollouts of a cluster that Temporal knows, running and closed. */
  rolloutNamespaces(input: { cluster: string }): Promise<string[]>;
  unservedClusters(): Promise<UnservedCluster[]>;
  /** Those of the leftovers, by rollout, that no running workflow looks after. */
  withoutWorkflow(input: { cluster: string; targets: PlanRef[] }): Promise<PlanRef[]>;
}

/** Queue `sluice`: what is over and has no file yet; nothing, where the installation names no directory. */
export type AuditActivities = { exportAudits(input: { cluster: string }): Promise<AuditExport> };

export interface PlanRef {
  namespace: string;
  plan: string;
}
