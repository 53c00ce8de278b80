/** The steps of a mirror, in the order in which they happen. */
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  rootCause,
  sleep,
} from '@temporalio/workflow';
import { clusterQueue, waitQueue } from '../../contract/ids.ts';
import { describeDestination, describeDuration, describeMirror } from '../../contract/mirror.ts';
import type { MirrorClusterActivities, MirrorWaitActivities } from '../../contract/mirror-activities.ts';
import { SLICE_MS } from '../../contract/slice.ts';
import { INTERVAL_SLACK_MS, LONGEST_LAG_MS, READ_MS, routeLimitMs, SILENCE_MS } from '../../contract/time-limits.ts';
import { formatSpan } from '../../contract/words.ts';
import { servedActivities } from '../served.ts';
import type { MirrorRun } from './run.ts';

/** What cannot be removed or watched is tried again this often. */
const AGAIN = '30s';

const RETRY = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '15s', maximumAttempts: 10 };

/** Reads route and target; what forbids the mirror ends it before anything is written. */
export async function inspect(run: MirrorRun): Promise<void> {
  if (run.placement) return;
  const summary = `look at ${run.spec.route.kind} ${run.spec.route.namespace}/${run.spec.route.name} and ${describeDestination(run.spec.to)}`;
  const { inspectMirror } = servedActivities<Pick<MirrorClusterActivities, 'inspectMirror'>>(run, {
    taskQueue: clusterQueue(run.cluster),
    summary,
    startToCloseTimeout: READ_MS,
    heartbeatTimeout: SILENCE_MS,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: RETRY,
  });
  const seen = await orFailed(run, 'look at route and target', () =>
    inspectMirror({ spec: run.spec, startedAt: run.view.startedAt, statement: run.input.statement }),
  );
  if (!seen) return;
  if (seen.kind === 'ready') {
    run.placement = seen.placement;
    if (seen.by) run.view.startedBy = seen.by;
    for (const warning of seen.warnings) run.warn(warning);
    return;
  }
  run.view.problems = seen.problems;
  const [first] = seen.problems;
  run.end({ kind: 'refused', reason: first ? `${first.where} ${first.problem}; ${first.remedy}.` : 'It is refused.' });
}

/** Begins with the write and not after it, so that no crash in between makes the mirror longer. */
export function startClock(run: MirrorRun): void {
  if (run.isOver) return;
  const { durationMs } = run.spec;
  run.view.since ??= run.now();
  if (durationMs === undefined) return;
  run.view.until ??= new Date(Date.parse(run.view.since) + durationMs).toISOString();
  const left = Date.parse(run.view.until) - Date.parse(run.now());
  run
    .untilOver(() => sleep(Math.max(1, left), { summary: `the mirror ends after ${formatSpan(durationMs)}` }))
    .then(() => run.end({ kind: 'ended', reason: `Its time was over after ${formatSpan(durationMs)}.` }))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
}

export async function switchOn(run: MirrorRun): Promise<void> {
  if (run.isOver || run.view.state === 'running') return;
  run.mayBeOn = true;
  const { spec } = run;
  const written = await orFailed(run, 'write the mirror', () =>
    cluster(run, `copy ${describeMirror(spec)}`).writeMirror({ ...run.target, fence: run.nextFence(), on: true }),
  );
  if (!written) return;
  if (written.kind === 'written')
    return run.become('running', `Copying ${describeMirror(spec)} ${describeDuration(spec)}.`);
  if (written.kind === 'notTaken') return run.end({ kind: 'failed', reason: `${written.sentence}.` });
  run.mayBeOn = false;
  run.end({ kind: 'refused', reason: `${written.sentence}.` });
}

/** Until something ends the mirror; a watch that fails does not, for the clock still runs. */
export async function watch(run: MirrorRun): Promise<void> {
  while (!run.isOver) {
    try {
      await watchOnce(run);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      run.warn(`It could not be watched for a while: ${rootCause(error)}`);
      await run.untilOver(() => sleep(AGAIN, { summary: 'watch again' }));
    }
    await run.startAfreshWhenLong();
  }
}

async function watchOnce(run: MirrorRun): Promise<void> {
  const since = run.view.since ?? run.now();
  const seen = await run.untilOver(() =>
    waits(run, 'watch the route, the target and the numbers', SLICE_MS).watchMirror({
      ...run.target,
      fence: run.fence,
      since,
      durationMs: SLICE_MS,
    }),
  );
  run.view.numbers = seen?.numbers ?? run.view.numbers;
  if (seen?.kind === 'target-lost') run.end({ kind: 'target-lost', reason: `The target is lost: ${seen.sentence}.` });
  if (seen?.kind === 'changed') run.end({ kind: 'failed', reason: `${seen.sentence}.` });
}

/** Like the way back of a rollout: patiently, and never given up. */
export async function switchOff(run: MirrorRun): Promise<void> {
  if (!run.mayBeOn) return;
  run.become('stopping', `Taking the mirror off: ${run.view.outcome?.reason ?? ''}`.trim());
  while (!(await triedToRemove(run))) await sleep(AGAIN, { summary: 'remove the mirror again' });
  run.mayBeOn = false;
  run.view.endedAt = run.now();
}

async function triedToRemove(run: MirrorRun): Promise<boolean> {
  try {
    const { writeMirror } = cluster(run, 'take the mirror off', true);
    const written = await writeMirror({ ...run.target, fence: run.nextFence(), on: false });
    if (written.kind === 'missing') run.warn(`${written.sentence}, so there is nothing to remove`);
    return written.kind !== 'notTaken';
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // a later run of this mirror has taken over
    if (error.cause instanceof ApplicationFailure && error.cause.type === 'FenceRefused') return true;
    run.become('stopping', `The mirror cannot be removed: ${rootCause(error)}; it is tried again every ${AGAIN}.`);
    return false;
  }
}

/** The numbers of the whole time; without Prometheus the report says so. */
export async function measure(run: MirrorRun): Promise<void> {
  const { since, endedAt: until } = run.view;
  if (!since || !until || !run.placement) return;
  run.become('stopping', 'The mirror is off; counting what arrived.');
  try {
    run.view.numbers = await waits(run, 'count what both sides answered', LONGEST_LAG_MS, 3).measureMirror({
      ...run.target,
      since,
      until,
    });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    run.warn(`The last numbers could not be read: ${rootCause(error)}`);
  }
}

/** What cannot be done ends the mirror; undefined also when it was over before. */
async function orFailed<T>(run: MirrorRun, what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run.untilOver(work);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    run.end({ kind: 'failed', reason: `Could not ${what}: ${rootCause(error)}.` });
    return undefined;
  }
}

/** A write is short, so that a frozen worker holds nobody up. */
function cluster(run: MirrorRun, summary: string, patient = false): Pick<MirrorClusterActivities, 'writeMirror'> {
  return servedActivities(run, {
    taskQueue: clusterQueue(run.cluster),
    summary,
    startToCloseTimeout: routeLimitMs({ traffic: { routes: [run.spec.route] } }),
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: patient ? { ...RETRY, maximumInterval: '3s', maximumAttempts: undefined } : RETRY,
  });
}

function waits(run: MirrorRun, summary: string, durationMs: number, attempts = 20): MirrorWaitActivities {
  return servedActivities(run, {
    taskQueue: waitQueue(run.cluster),
    summary,
    startToCloseTimeout: durationMs + INTERVAL_SLACK_MS,
    heartbeatTimeout: SILENCE_MS,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { ...RETRY, maximumAttempts: attempts },
  });
}
