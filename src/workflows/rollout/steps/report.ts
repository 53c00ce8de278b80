/** Step 19: how it ended is handed over to those who tell people; no channel is waited for. */
import { CancellationScope } from '@temporalio/workflow';
import { stepNumber } from '../../../contract/steps.ts';
import { plural } from '../../../contract/words.ts';
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
  const { recipients } = run.news;
  await CancellationScope.nonCancellable(() => run.news.end(view));
  end(run, recipients > 0 ? `handed over for ${plural(recipients, 'recipient')}` : 'nobody to tell');
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
