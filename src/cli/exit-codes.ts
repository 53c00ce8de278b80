import type { OfferAnswer } from '../contract/offer.ts';
import type { Outcome } from '../contract/view.ts';

/** One code per outcome, so that a script can tell them apart. Never 0 for "not found" or "connection lost". */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  failed: 3,
  notAllowed: 4,
  notFound: 5,
  timeout: 6,
  superseded: 7,
  needsYou: 8,
  conflict: 9,
  unreachable: 10,
  aborted: 11,
  refused: 12,
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

/** What each code says: `short` in the help, both in docs/reference/exit-codes.md. */
export const EXIT_CODES: Record<ExitCode, { short: string; full: string }> = {
  0: { short: 'promoted, done or nothing to do', full: 'The asked-for outcome. Of a mirror: its time was over.' },
  1: { short: 'unexpected error', full: 'A fault of Sluice, or a rollout that ended without an outcome.' },
  2: { short: 'usage error', full: 'Arguments, options, or a plan or `sluice.yaml` with problems.' },
  3: {
    short: 'tests or checks failed',
    full: 'Also readiness; users are on the previous revision. Of a mirror: its target is lost. Of `installation check`: an answer is of no use. Of `audit verify`: something was changed. Of `import`: something is changed, lost or refused.',
  },
  4: { short: 'not allowed', full: 'Temporal, the cluster or a metric source says no.' },
  5: { short: 'not found', full: 'No such file, rollout, mirror, Temporal namespace or worker build.' },
  6: { short: '--timeout reached; it goes on', full: "The client's own --timeout; the rollout goes on." },
  7: { short: 'superseded by a newer revision', full: 'Another rollout took its place.' },
  8: {
    short: 'needs a person',
    full: '`reconcile` found something, or a watched rollout waits (only with --fail-fast).',
  },
  9: {
    short: 'conflict or refused action',
    full: 'The state is another one, or the action was refused; nothing was changed.',
  },
  10: {
    short: 'Temporal or worker unreachable',
    full: 'Temporal (or a metric source) cannot be reached, or no worker answers. What was stored takes effect later.',
  },
  11: { short: 'aborted by a person', full: 'Of a mirror: stopped by a person.' },
  12: {
    short: 'refused at preflight',
    full: 'Refused before the first write. Of `audit verify`: other code decided. Of `adopt`: something forbids it, or pods would restart.',
  },
  130: { short: 'interrupted; it goes on', full: 'Ctrl-C: only the watching stops.' },
};

/** The table for the help text: two columns. */
export const EXIT_HELP = ['Exit codes:', ...helpRows()].join('\n');

function helpRows(): string[] {
  const cells = Object.entries(EXIT_CODES).map(([code, { short }]) => `${code.padStart(3)} ${short}`);
  const half = cells.length / 2;
  return cells.slice(0, half).map((left, row) => `${left.padEnd(37)}${cells[half + row]}`);
}
