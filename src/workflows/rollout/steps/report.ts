/** Step 19: how it ended, told to people; a channel that fails never changes the outcome. */
import { CancellationScope, rootCause } from '@temporalio/workflow';
import { stepNumber } from '../../../contract/steps.ts';
import { controlActivities } from '../../activities.ts';
import type { Run } from '../run.ts';
import { bypassWarning } from '../state.ts';

/** Ends a rollout that went through the whole checklist. */
export function promoted(run: Run): void {
  const { detected, view } = run;
  const reason = `${view.plan} runs ${detected.revision.image} (${detected.revision.id}).`;
  view.outcome = { kind: 'promoted', reason, step: stepNumber('report') };
}

/** Step 19. */
export async function report(run: Run): Promise<void> {
  run.begin('report');
  const bypass = bypassWarning(run.state);
  if (bypass) run.view.warnings.push(bypass);
  const outcome = run.view.outcome;
  const view = { ...run.view, state: 'ended' as const, endedAt: run.now(), sentence: outcome?.reason ?? '' };
  end(run, await CancellationScope.nonCancellable(() => send(run, view)));
}

async function send(run: Run, view: Run['view']): Promise<string> {
  try {
    const { sent, failed } = await controlActivities('send the analysis result').notify({
      plan: run.plan,
      view,
      topic: 'ended',
    });
    if (failed.length > 0) run.view.warnings.push(`The result did not reach ${failed.join(', ')}.`);
    return sent.length > 0 ? `sent to ${sent.length}` : 'nobody to tell';
  } catch (error) {
    run.view.warnings.push(`The result was not sent: ${rootCause(error)}`);
    return 'not sent';
  }
}

/** Closes the list: what was not reached shows as skipped. */
export function end(run: Run, note: string): void {
  const { view } = run;
  run.finish('report', note);
  for (const line of view.steps) {
    if (line.state === 'pending') run.skip(line.name, 'not reached');
  }
  view.endedAt = run.now();
  view.paused = undefined;
  run.say(view.outcome?.reason ?? '');
  run.showState();
}
