/** Somebody else's change of our fields on a route, seen by an interval within moments or by the next write (order rule 9). */
import { ActivityFailure, isCancellation, rootCause } from '@temporalio/workflow';
import { describeIntent } from '../../../contract/intent.ts';
import { Outdated } from '../errors.ts';
import { ask, closeAbout, type NewQuestion } from '../questions.ts';
import { INTERRUPTED, type Run } from '../run.ts';
import { overwrite } from './traffic.ts';

/** Who writes again and again is no accident: after this many times a person decides. */
const RESTORE_LIMIT = 5;

/** Met at once when the plan says so; otherwise people are told, and asked at the next safe place. */
export async function meetDrift(run: Run, sentence: string): Promise<void> {
  const { state, view, plan } = run;
  const times = (state.restored ?? 0) + 1;
  if (plan.traffic.onDrift === 'restore' && times <= RESTORE_LIMIT) {
    state.restored = times;
    const problem = await rewrite(run);
    if (problem === undefined) {
      view.warnings.push(`${sentence}; Sluice wrote it again.`);
      return;
    }
    state.drift = `${sentence}; it could not be written again: ${problem}`;
  } else {
    const tired = times > RESTORE_LIMIT ? `; it was written again ${RESTORE_LIMIT} times and changed each time` : '';
    state.drift = `${sentence}${tired}`;
  }
  ask(run, driftQuestion(run, state.drift));
}

/** At the next safe place: asks what is to become of the change (order rule 9). */
export async function settleDrift(run: Run): Promise<void> {
  const { drift } = run.state;
  if (drift === undefined) return closeAbout(run, { kind: 'drift', object: 'route' });
  if (run.goingBack) return;
  await run.hold(driftQuestion(run, drift));
  run.state.restored = 0;
  // whoever carries the traffic now: a wait may have taken users back
  const summary = 'write the route again';
  const result = await run.insist(summary, () => overwrite(run, true));
  if (result.kind !== 'written') run.state.astray = true;
}

/** @returns why it could not be done */
async function rewrite(run: Run): Promise<string | undefined> {
  try {
    const result = await run.interruptible(() => overwrite(run, false));
    return result === INTERRUPTED || result.kind === 'written' ? undefined : result.sentence;
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure || error instanceof Outdated)) throw error;
    return rootCause(error) ?? error.message;
  }
}

function driftQuestion({ view }: Run, reason: string): NewQuestion {
  return {
    kind: 'drift',
    object: 'route',
    reason,
    answers: { retry: `writes ${describeIntent(view.route)} over it` },
    onAbort: 'goes back to the primary',
    onSilence: 'the route stays as it is',
  };
}
