/** Steps 5, 6 and 7: tests against the canary's pods before any copy of a user's request reaches them. */
import type { TestResult, WaitActivities } from '../../../contract/activities.ts';
import type { LoadPlan } from '../../../contract/plan.ts';
import { partsOf } from '../../../contract/plan-parts.ts';
import { type LoadSoFar, SLICE_MS } from '../../../contract/slice.ts';
import { acceptanceMs } from '../../../contract/time-limits.ts';
import { plural, sentenceCase } from '../../../contract/words.ts';
import type { Run } from '../run.ts';
import { waiting } from '../waiting.ts';

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
  const results: TestResult[] = [];
  for (const test of acceptance) {
    const plan = partsOf(run.plan, 'acceptance');
    const input = { ...run.target, plan, podHash: run.state.podHash ?? '', test: test.name };
    const summary = `run acceptance test ${test.name}`;
    results.push(await insisted(run, summary, acceptanceMs(test), (waits) => waits.runAcceptance(input)));
  }
  const result = together(results);
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
    const result = await loadInSlices(run, load);
    if (!result.passed) run.goBack({ kind: 'failed', reason: `The load test failed: ${result.sentence}` });
    return result.sentence;
  });
}

/** It may have to wait for others of its worker, so a slice is as long as it may be. */
async function loadInSlices(run: Run, load: LoadPlan): Promise<TestResult> {
  const summary = `load the canary with ${load.requestsPerSecond} requests a second`;
  let soFar: LoadSoFar | undefined;
  for (;;) {
    const plan = partsOf(run.plan, 'load');
    const input = { ...run.target, plan, podHash: run.state.podHash ?? '', soFar };
    const result = await insisted(run, summary, SLICE_MS, (waits) => waits.runLoad(input));
    if ('passed' in result) return result;
    soFar = result.soFar;
  }
}

function insisted<T>(
  run: Run,
  summary: string,
  durationMs: number,
  test: (waits: WaitActivities) => Promise<T>,
): Promise<T> {
  run.say(`${sentenceCase(summary)}.`);
  return run.insist(summary, () => test(waiting(run, summary, durationMs)));
}

/** Several tests as one: all must pass; the first that failed speaks for all. */
function together(results: readonly TestResult[]): TestResult {
  const failed = results.find(({ passed }) => !passed);
  const [only, ...more] = results;
  const passed = more.length === 0 && only ? only.sentence : `${plural(results.length, 'test')} passed`;
  const details = results.flatMap((result) => result.details);
  return { passed: !failed, sentence: failed?.sentence ?? passed, details };
}
