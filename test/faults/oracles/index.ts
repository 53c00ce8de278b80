/**
 * The invariants of a rollout, one pure function each: a trace in, what is wrong with it out. Each one is shown to go red in
 * test/unit/faults. I12, I13 and I15 are about limits, intake and secrets, and are held by tests of their own.
 */
import { actionsOnRecord, advancesOnEvidence, notStuck, oneAtATime } from './decisions.ts';
import { endIsTold } from './mail.ts';
import type { Trace } from './trace.ts';
import { goesBackInOrder, primaryWholeBeforeUsers, readyWhereUsersAre, wholeWeights } from './traffic.ts';
import { foreignFieldsKept, neverBack } from './writes.ts';

export type { ReadyBySide, Trace, TracedActivity, TracedRun } from './trace.ts';

export const INVARIANTS = {
  I1: { what: 'users only where pods are ready', check: readyWhereUsersAre },
  I2: { what: 'stored weights are whole and sum to 100', check: wholeWeights },
  I3: { what: 'going back ends at rest, in order', check: goesBackInOrder },
  I4: { what: 'a touched primary is whole before it gets users', check: primaryWholeBeforeUsers },
  I5: { what: 'one rollout at a time, none twice', check: oneAtATime },
  I6: { what: 'the end is told, copies under one id', check: endIsTold },
  I7: { what: 'actions are on record once', check: actionsOnRecord },
  I8: { what: 'fences and steps never go back', check: neverBack },
  I9: { what: 'no step without evidence', check: advancesOnEvidence },
  I11: { what: 'other fields are kept', check: foreignFieldsKept },
  I14: { what: 'it ended, or somebody was asked', check: notStuck },
} satisfies Record<string, { what: string; check: (trace: Trace) => string[] }>;

export type InvariantId = keyof typeof INVARIANTS;

export const INVARIANT_IDS = Object.keys(INVARIANTS) as InvariantId[];

/** "I4: users went to …" for everything that is wrong. */
export function violations(trace: Trace, ids: readonly InvariantId[] = INVARIANT_IDS): string[] {
  return ids.flatMap((id) => INVARIANTS[id].check(trace).map((problem) => `${id}: ${problem}`));
}
