/** Whether the demo went as it should. Pure. */
import type { RolloutView } from '../../src/contract/view.ts';
import type { ProbeSummary } from '../prober/index.ts';

export interface DemoFacts {
  good: RolloutView;
  bad: RolloutView;
  users: ProbeSummary;
  /** Copies that the bad version got. */
  badCopies: number;
  badVersion: string;
}

/** The failure gate of the checklist. */
const GATE = 10;
const LEAST_COPIES = 500;

/** @returns what was not as it should be; empty when all is well */
export function complaints({ good, bad, users, badCopies, badVersion }: DemoFacts): string[] {
  const answered = users.byVersion[badVersion] ?? 0;
  return [
    good.outcome?.kind !== 'promoted' && `The good version was not promoted: ${outcomeOf(good)}.`,
    (bad.outcome?.kind !== 'failed' || bad.outcome.step !== GATE) &&
      `The bad version was not stopped at step ${GATE}: ${outcomeOf(bad)}.`,
    users.total === 0 && 'No user sent a request.',
    users.failed > 0 && `${users.failed} of ${users.total} user requests failed.`,
    answered > 0 && `${answered} user requests were answered by the bad version.`,
    badCopies < LEAST_COPIES && `The bad version got ${badCopies} copies, fewer than ${LEAST_COPIES}.`,
  ].filter((text) => text !== false);
}

function outcomeOf({ outcome, sentence }: RolloutView): string {
  return outcome ? `${outcome.kind} at step ${outcome.step}, ${outcome.reason}` : sentence;
}
