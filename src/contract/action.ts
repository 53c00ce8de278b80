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

/** What may be asked without a proof of who asks: whatever makes things safer, and what undoes a pause. */
export const OPEN_VERBS: readonly ActionVerb[] = ['pause', 'resume', 'abort'];

/** Who asks. `statement` proves it: an HMAC over the action made by the server or a holder of the actor key. */
interface Actor {
  name: string;
  /** Where the action came in: cli, api, slack, temporal … */
  channel: string;
  /** Groups that the signer vouches for, for approvals. Default none. */
  groups?: string[];
  /** `v1,<base64 HMAC-SHA-256>`; absent: the actor is shown as unverified. */
  statement?: string;
}

export interface Action {
  /** Unique; the same id has its effect once. */
  id: string;
  verb: ActionVerb;
  actor: Actor;
  reason?: string;
  /** Rollout the action was meant for; a different one running: refused. Absent: the one that runs. */
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

/** The bytes that an actor statement signs: every field that decides the effect, one per line. */
export function statementText(action: Action): string {
  const { id, verb, actor, reason, rollout, step, revision, weight, question, answer } = action;
  const parts: unknown[] = [id, verb, actor.name, actor.channel, reason, rollout, step, revision];
  // Fields of later versions stand behind the others, so that an action without them signs what it always did.
  if (weight !== undefined || actor.groups || question) parts.push(weight, actor.groups);
  if (question) parts.push(question, answer);
  return parts.map((part) => JSON.stringify(part ?? null)).join('\n');
}
