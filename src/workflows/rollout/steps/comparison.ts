/** What the comparison of canary and primary means for a stage; without one, passed intervals are enough. */

import type { ComparePlan } from '../../../contract/analysis.ts';
import { stageName } from '../../../contract/intent.ts';
import type { IntervalResult } from '../../../contract/verdict.ts';
import { formatSpan } from '../../../contract/words.ts';
import { stageVerdict } from '../../../judge/comparison.ts';
import { elapsedIn, extendComparison } from '../comparing.ts';
import type { Run } from '../run.ts';

/** A canary that is proven worse leaves at the look that proved it. */
export function abortIfWorse(run: Run, { verdict, sentence }: IntervalResult): void {
  if (verdict !== 'worse') return;
  const reason = `The canary is worse than the primary at ${stageName(run.view.route)}: ${sentence}.`;
  run.state.canaryFails = true;
  run.goBack({ kind: 'failed', reason });
}

/** After an interval that passed. @param enough the stage has all its passed intervals */
export async function stageOver(run: Run, enough: boolean, { comparison }: IntervalResult): Promise<boolean> {
  const plan = run.plan.analysis.compare;
  const stage = stageName(run.view.route);
  const verdict = stageVerdict(plan, comparison, { enough, elapsedMs: elapsedIn(run.state, stage) });
  if (!plan || verdict !== 'inconclusive') return verdict === 'over';
  return settle(run, plan, stage, comparison);
}

/** Not proven either way in time: what the plan says, and a person where it says nothing safe. */
async function settle(
  run: Run,
  plan: ComparePlan,
  stage: string,
  comparison: IntervalResult['comparison'],
): Promise<boolean> {
  const reason = `Neither health nor harm is proven at ${stage} after ${formatSpan(plan.deadlineMs)}: ${comparison?.sentence ?? 'nothing could be compared'}.`;
  if (plan.onInconclusive === 'abort') run.goBack({ kind: 'failed', reason });
  if (plan.onInconclusive === 'advance' && comparison?.mayAdvance) {
    run.view.warnings.push(`${reason} It went on, as the plan says: the evidence does not lean against the canary.`);
    return true;
  }
  const extended = run.state.comparing?.extensions ?? 0;
  if (plan.onInconclusive !== 'extend' || extended > 0) {
    await run.hold({
      kind: 'evidence',
      object: stage,
      reason,
      answers: { retry: `compares for another ${formatSpan(plan.deadlineMs)}` },
      onAbort: 'goes back to the previous revision',
      onSilence: 'the traffic stays as it is and the checks go on',
    });
  }
  extendComparison(run.state);
  return false;
}
