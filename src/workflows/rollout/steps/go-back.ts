/** The way back, from every step: users first, then the primary's template, then the canary (order rules 1, 3, 4). */
import { CancellationScope, ContinueAsNew, isCancellation } from '@temporalio/workflow';
import { stepNumber } from '../../../contract/steps.ts';
import { type Decision, GoBack, TakenOver } from '../errors.ts';
import { closeAll } from '../questions.ts';
import { bringTo } from '../rest.ts';
import type { Run } from '../run.ts';
import { newWayBack } from '../state.ts';
import { scaleCanaryToZero } from './promotion.ts';
import { promoted } from './report.ts';

/** Nothing interrupts the way back, a cancel of the workflow included. Whatever went wrong, users and objects come to rest. */
export async function goBack(run: Run, error: unknown): Promise<void> {
  if (error instanceof ContinueAsNew) throw error;
  if (error instanceof TakenOver) return takenOver(run, error);
  if (isReturning(run)) return finishForward(run, error);
  const { decision } = asGoBack(run, error);
  await CancellationScope.nonCancellable(async () => {
    decide(run, decision);
    try {
      await bringBack(run);
    } catch (later) {
      if (!(later instanceof TakenOver)) throw later;
      takenOver(run, later);
    }
  });
}

async function bringBack(run: Run): Promise<void> {
  run.begin('switch-back');
  if (run.state.detected) await bringTo(run, { revision: 'previous', until: 'users' });
  run.finish('switch-back', 'primary 100 %');
  run.begin('scale-down');
  const seen = run.state.detected && (await bringTo(run, { revision: 'previous', until: 'rest' }));
  run.finish('scale-down', seen);
}

/** Users are on the upgraded primary: finishing is the shorter safe way, whatever happened. */
function isReturning(run: Run): boolean {
  return run.line('switch-back').state === 'done' && run.state.back?.goal === 'new';
}

async function finishForward(run: Run, error: unknown): Promise<void> {
  const why = error instanceof GoBack ? error.decision.reason : asGoBack(run, error).decision.reason;
  run.view.warnings.push(`${why} Users were on the upgraded primary already, so the rollout was finished.`);
  run.goBackRequest = undefined;
  run.view.paused = undefined;
  run.showState();
  await CancellationScope.nonCancellable(async () => {
    try {
      await scaleCanaryToZero(run);
    } catch (later) {
      if (later instanceof ContinueAsNew) throw later;
      if (later instanceof TakenOver) return takenOver(run, later);
      run.view.warnings.push(`The canary may still run: ${asGoBack(run, later).decision.reason}`);
    }
    promoted(run);
  });
}

/** No failure of an activity, and nothing unexpected, leaves users where they are (order rule 8). */
function asGoBack(run: Run, error: unknown): GoBack {
  if (error instanceof GoBack) return error;
  if (run.goBackRequest) return run.goBackRequest;
  if (isCancellation(error)) return new GoBack({ kind: 'aborted', reason: 'The workflow was cancelled.' });
  const reason = error instanceof Error ? error.message : String(error);
  return new GoBack({ kind: 'failed', reason: `Something unexpected happened: ${reason}` });
}

/** Said once; a run that goes on with the way back has said it. */
function decide(run: Run, decision: Decision): void {
  const { view, state } = run;
  run.goBackRequest ??= new GoBack(decision);
  state.back = { ...newWayBack(state, 'previous'), ...state.back, decision };
  if (view.outcome) return;
  const current = view.steps.findLast((line) => line.state === 'running' || line.state === 'failed');
  const step = decision.step ? stepNumber(decision.step) : (current?.number ?? 1);
  for (const line of view.steps) {
    if (line.state === 'running')
      Object.assign(line, { state: 'failed', endedAt: run.now(), note: line.note ?? 'stopped here' });
  }
  view.outcome = { kind: decision.kind, reason: decision.reason, step };
  view.paused = undefined;
  // without a worker nothing is tried, forward or back
  closeAll(run, decision.reason, ({ kind }) => kind === 'worker' && state.detected !== undefined);
  run.say(`Going back: ${decision.reason}`);
  run.showState();
}

function takenOver(run: Run, { message }: TakenOver): void {
  const { view } = run;
  run.takenOver = true;
  const current = view.steps.find((line) => line.state === 'running');
  view.outcome = { kind: 'superseded', reason: message, step: current?.number ?? stepNumber('report') };
  closeAll(run, message);
}
