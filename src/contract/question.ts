/** What a rollout asks people: an object of its own, so that several may be open, each with its own answer. */
import type { WriteObject } from './fence.ts';

/**
 * - `failed`: something could not be done, or not be known
 * - `drift`: somebody else changed what Sluice wrote
 * - `recreated`: somebody deleted an object and made it anew
 * - `approval`: the plan wants people to agree
 * - `canary`: users were taken back from it
 * - `primary`: it does not become ready
 * - `evidence`: neither health nor harm is proven
 * - `refused`: a write of the way back is refused, and tried again
 * - `routed`: the canary still gets requests
 * - `worker`: the cluster has none; it is no answer that helps, and one that comes up closes it
 * - `queue`: what becomes of the offer behind an aborted rollout
 */
type QuestionKind =
  | 'failed'
  | 'drift'
  | 'recreated'
  | 'approval'
  | 'canary'
  | 'primary'
  | 'evidence'
  | 'refused'
  | 'routed'
  | 'worker'
  | 'queue';

/**
 * - `retry`: goes on, tries again
 * - `overwrite`: writes over what somebody else changed, as it was shown
 * - `adopt`: goes on with the object that was made anew
 * - `leave-it`: leaves the object as it is and goes on without it
 * - `return-now`: users go to whatever primary pods are ready
 * - `scale-down`: the canary, although requests are still routed to it
 * - `start` · `drop`: of an offer that waits
 */
export const ANSWERS = [
  'retry',
  'overwrite',
  'adopt',
  'leave-it',
  'return-now',
  'scale-down',
  'start',
  'drop',
] as const;

export type Answer = (typeof ANSWERS)[number];

export function isAnswer(text: unknown): text is Answer {
  return (ANSWERS as readonly unknown[]).includes(text);
}

export interface Question {
  /** `<rollout>/<kind>/<object>/<n>`; before the revision is detected the plan's name stands for the rollout. */
  id: string;
  kind: QuestionKind;
  /** What it is about: an object, a step, an approval. */
  object: WriteObject | (string & {});
  reason: string;
  /** ISO 8601. */
  since: string;
  /** What each answer does, in words. */
  answers: Partial<Record<Answer, string>>;
  onAbort: string;
  onSilence: string;
  /** It waits for an approval: approve and reject answer it. */
  gate?: GateView;
  /** Who has seen it: it is not told again. */
  acknowledged?: { by: string; at: string };
}

interface GateView {
  /** What comes after it: `the mirror`, `40 % of the users`. */
  name: string;
  /** Names and `group:<name>`; empty: anybody. */
  from: string[];
  count: number;
  notInitiator: boolean;
  /** Who has approved. */
  approved: string[];
}
