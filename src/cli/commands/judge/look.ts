import type { TickOutput, Verdict } from '../../../judge/compare/types.ts';
import type { ThresholdCheck } from '../../../judge/threshold.ts';
import type { RecordedTick } from './input.ts';

/** A recorded tick and what the rule that was asked for said to it. */
export type Looked = { counts: RecordedTick } & ({ output: TickOutput } | { check: ThresholdCheck });

export function verdictOf(look: Looked): Verdict {
  return 'output' in look ? look.output.verdict : look.check.verdict;
}
