/** Users who are still on the canary while a rollout goes back: who looks after them. */
import { CancellationScope, condition } from '@temporalio/workflow';
import { waitActivities } from '../activities.ts';
import type { Run } from '../run.ts';

/**
 * One interval of checks.
 *
 * @param over ends it early
 * @returns whether users should leave the canary at once
 */
export async function canaryFails(
  run: Run,
  summary: string,
  durationMs: number,
  over: () => boolean,
): Promise<boolean> {
  const scope = new CancellationScope();
  let verdict: string | undefined;
  const checking = scope
    .run(() =>
      waitActivities(run.cluster, summary, durationMs).checkInterval({
        ...run.target,
        stage: 'live',
        durationMs,
        podHash: run.state.podHash ?? '',
      }),
    )
    .then(
      (result) => {
        verdict = result.verdict;
      },
      () => {
        verdict = 'noAnswer';
      },
    );
  await condition(() => over() || verdict !== undefined);
  if (verdict === undefined) scope.cancel();
  await checking;
  return verdict === 'fail' || verdict === 'canaryLost';
}
