/** Steps 5, 6 and 7: tests against the canary's pods before any copy of a user's request reaches them. */
import type { TestResult } from '../../../contract/activities.ts';
import { acceptanceMs, LONGEST_ANSWER_MS } from '../../../contract/time-limits.ts';
import { plural, sentenceCase } from '../../../contract/words.ts';
import { waitActivities } from '../../activities.ts';
import type { Run } from '../run.ts';

/** Step 5. @returns undefined when the plan has no acceptance tests */
export async function runAcceptance(run: Run): Promise<TestResult | undefined> {
  const { acceptance } = run.plan;
  if (acceptance.length === 0) {
    run.skip('acceptance', 'not in the plan');
    return undefined;
  }
  if (run.isOver('acceptance')) return undefined;
  run.throwIfGoingBack();
  await run.pausePoint();
  run.begin('acceptance');
  const result = await insistOnResult(
    run,
    `run ${plural(acceptance.length, 'acceptance test')}`,
    acceptanceMs(acceptance),
    'runAcceptance',
  );
  Object.assign(run.line('acceptance'), {
    state: result.passed ? 'done' : 'failed',
    endedAt: run.now(),
    note: result.sentence,
  });
  return result;
}

/** Step 6. */
export function abortIfFailed(run: Run, acceptance: TestResult | undefined): void {
  if (run.isOver('acceptance-gate')) return;
  if (!acceptance) {
    run.skip('acceptance-gate', 'no tests');
    return;
  }
  run.begin('acceptance-gate');
  if (!acceptance.passed) run.goBack({ kind: 'failed', reason: `Acceptance tests failed: ${acceptance.sentence}` });
  run.finish('acceptance-gate', 'passed');
}

/** Step 7: judged at once. */
export async function runLoad(run: Run): Promise<void> {
  const { load } = run.plan;
  if (!load) return run.skip('load', 'not in the plan');
  await run.step('load', async () => {
    const summary = `load the canary with ${load.requestsPerSecond} requests a second`;
    const result = await insistOnResult(run, summary, load.durationMs + LONGEST_ANSWER_MS, 'runLoad');
    if (!result.passed) run.goBack({ kind: 'failed', reason: `The load test failed: ${result.sentence}` });
    return result.sentence;
  });
}

async function insistOnResult(
  run: Run,
  summary: string,
  durationMs: number,
  test: 'runAcceptance' | 'runLoad',
): Promise<TestResult> {
  run.say(`${sentenceCase(summary)}.`);
  const input = { ...run.target, podHash: run.state.podHash ?? '' };
  return run.insist(summary, () => waitActivities(run, summary, durationMs)[test](input));
}
