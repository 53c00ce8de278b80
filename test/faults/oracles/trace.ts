/** What a rollout left behind, from the places where it cannot be argued with; the oracles read nothing else. */
import type { ProbeRecord } from '../../../lab/prober/index.ts';
import type { Action, ActionAnswer } from '../../../src/contract/action.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import type { Recorded } from '../../support/order.ts';
import type { TakenMail } from '../tools/smtp-script.ts';

/** Ready endpoints behind each destination. */
export type ReadyBySide = { primary: number; canary: number };

/** One run of the rollout's workflow. */
export interface TracedRun {
  runId: string;
  /** Epoch ms. */
  startedAt: number;
  /** Absent: it runs. */
  closedAt?: number;
  /** Its last one; absent when the same rollout went on in a new run. */
  view?: RolloutView;
  activities: TracedActivity[];
  /** Ids of the actions that the history has as taken, of a run that another one follows. */
  taken?: string[];
}

/** One activity, from Temporal's history, in the order in which they ended. */
export interface TracedActivity {
  name: string;
  input: Record<string, unknown>;
  /** Absent: failed, cancelled or under way; present and undefined: completed without one. */
  result?: unknown;
  /** Epoch ms at which it was scheduled. */
  at: number;
  /** Epoch ms at which it ended. */
  endedAt?: number;
}

export interface Trace {
  plan: string;
  /** Names of the destinations as the route writes them. */
  destinations: { primary: string; canary: string };
  /** Every stored version of the route, primary and canary. */
  routes: Recorded<KubeObject>[];
  primary: Recorded<KubeObject>[];
  canary: Recorded<KubeObject>[];
  /** Replicas of the primary at the start. */
  primarySize: number;
  endpoints: Recorded<ReadyBySide>[];
  probes: ProbeRecord[];
  /** In order of their start. */
  runs: TracedRun[];
  /** What the test asked for, and what it was told. */
  actions: { action: Action; answer: ActionAnswer }[];
  mails: TakenMail[];
  /** Addresses of the plan; none: nobody is told. */
  recipients: string[];
}

/** The last view of the last run. */
export function lastView({ runs }: Trace): RolloutView | undefined {
  return runs.findLast(({ view }) => view)?.view;
}

export function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
