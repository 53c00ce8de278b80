import type { Answer } from './question.ts';

/** What a person (or machine) asks of a running rollout. */
export const VERBS = [
  'pause',
  'resume',
  'abort',
  'approve',
  'reject',
  'promote',
  'retry',
  'set-weight',
  'answer',
  'acknowledge',
] as const;

export type ActionVerb = (typeof VERBS)[number];

/** What can be allowed: to see a rollout, to begin one (`run-any-plan`: by a plan of no source too), a mirror or a repair, and every action. */
export const RIGHTS = ['view', 'run', 'run-any-plan', 'mirror', 'repair', ...VERBS] as const;

export type Right = (typeof RIGHTS)[number];

/** The emergency, which needs no proof of who asks where the installation does not say otherwise: both only make things safer. */
export const OPEN_VERBS: readonly ActionVerb[] = ['pause', 'abort'];

/** Who asks. Nothing of it is believed before `statement` proves it. */
interface Actor {
  name: string;
  /** Where the action came in: cli, api, slack, temporal … */
  channel: string;
  /** Groups that the server vouches for, for approvals. Default none. */
  groups?: string[];
  /** Of a server, see `src/authority/statement.ts`; absent: the actor is shown as unverified. */
  statement?: string;
}

export interface Action {
  /** Unique; the same id has its effect once. */
  id: string;
  verb: ActionVerb;
  actor: Actor;
  reason?: string;
  /** Rollout the action was meant for, or the delivery that began it; a different one running: refused. Absent: the one that runs. */
  rollout?: string;
  /** Step it was meant for. Absent: whichever runs. */
  step?: string;
  /** Revision id it was meant for. */
  revision?: string;
  /** Of set-weight: percent of the users, 1 to 100. */
  weight?: number;
  /** Id of the question that answer, acknowledge and retry mean. Retry: absent means the only one. */
  question?: string;
  /** Of answer. */
  answer?: Answer;
}

export interface ActionAnswer {
  accepted: boolean;
  /** What happens now, or why not. */
  message: string;
}

export interface ActionRecord {
  id: string;
  verb: ActionVerb;
  /** "mo · cli", "mo · cli (unverified)", "temporal (unverified)" */
  by: string;
  reason?: string;
  /** ISO 8601, the workflow's clock. */
  at: string;
  verified: 'pending' | 'verified' | 'unverified';
}

/** An action before a worker that knows the installation. */
export interface ProofInput {
  action: Action;
  /** Of the rollout that was asked. */
  cluster: string;
  namespace: string;
  plan: string;
  /** Id of its workflow. */
  workflow: string;
  /** When it was handed in, ms of the workflow's clock. */
  atMs: number;
}

/** What the worker allowed an action by. */
export interface ProvenRight {
  /** Name of the server that vouched, and its public key. */
  server: string;
  key: string;
  /** The entry of the person's `may`. */
  grant: { verbs: readonly string[]; plans: readonly string[]; clusters: readonly string[] };
  /** SHA-256 of the installation file, hex; absent: there is none. */
  installation?: string;
}

/** Who asks, as the worker knows them, and that they may; or why not, without a full stop. */
export type Proof = { person: Required<Omit<Actor, 'statement'>>; right?: ProvenRight } | { refused: string };
