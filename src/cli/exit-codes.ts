import type { OfferAnswer } from '../contract/offer.ts';
import type { Outcome } from '../contract/view.ts';

/** One code per outcome, so that a script can tell them apart. Never 0 for "not found" or "connection lost". */
export const EXIT = {
  /** The asked-for outcome: promoted, done, or nothing to do. */
  ok: 0,
  unexpected: 1,
  usage: 2,
  /** Tests, checks or readiness failed; users are on the previous revision. */
  failed: 3,
  notAllowed: 4,
  notFound: 5,
  /** The client's own --timeout; the rollout goes on. */
  timeout: 6,
  superseded: 7,
  /** A person is needed: `reconcile` found something, or a watched rollout waits (only with --fail-fast). */
  needsYou: 8,
  /** The state has changed, or the action was refused. */
  conflict: 9,
  /** Temporal cannot be reached, or no worker answers. */
  unreachable: 10,
  /** A person aborted the rollout. */
  aborted: 11,
  /** Refused before the first write. */
  refused: 12,
  /** Ctrl-C: only the watching stops. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const OUTCOME_CODES: Record<Outcome['kind'], ExitCode> = {
  promoted: EXIT.ok,
  unchanged: EXIT.ok,
  duplicate: EXIT.ok,
  failed: EXIT.failed,
  aborted: EXIT.aborted,
  repaired: EXIT.ok,
  superseded: EXIT.superseded,
  refused: EXIT.refused,
};

/** An ended rollout without an outcome is unexpected. */
export function outcomeCode(outcome: Outcome | undefined): ExitCode {
  return outcome ? OUTCOME_CODES[outcome.kind] : EXIT.unexpected;
}

/**
 * A rejected offer is refused when something in plan or cluster forbids it, else in conflict with what runs. A pending one is
 * safe; without a worker nobody looks at it yet.
 */
export function offerCode(offer: OfferAnswer, hasWorker = true): ExitCode {
  if (offer.status === 'pending') return hasWorker ? EXIT.ok : EXIT.unreachable;
  if (offer.status !== 'rejected') return EXIT.ok;
  return offer.problems?.length ? EXIT.refused : EXIT.conflict;
}

/** The table for the help text. */
export const EXIT_HELP = `Exit codes:
  0 promoted, done or nothing to do    7 superseded by a newer revision
  1 unexpected error                   8 needs a person
  2 usage error                        9 conflict or refused action
  3 tests or checks failed            10 Temporal or worker unreachable
  4 not allowed                       11 aborted by a person
  5 not found                         12 refused at preflight
  6 --timeout reached; it goes on    130 interrupted; it goes on`;
