/** The way back, from every step: users first, then the primary's template, then the canary (order rules 1, 3, 4). */
import { CancellationScope, isCancellation, log, patched } from '@temporalio/workflow';
import type { ReadyResult } from '../../contract/activities.ts';
import { carrierSize } from '../../contract/capacity.ts';
import { stepNumber } from '../../contract/steps.ts';
import type { NeedsYou } from '../../contract/view.ts';
import { plural } from '../../contract/words.ts';
import { waitActivities } from '../activities.ts';
import { GoBack } from '../errors.ts';
import { stopWatchingRoutes } from '../route-watch.ts';
import type { Run } from '../run.ts';
import { publishState } from '../search-attributes.ts';
import { atRest } from './intents.ts';
import { removeCanary, scaleCanaryToZero } from './leave-canary.ts';
import { noteRaisedBounds, primarySize, writePrimaryBounds } from './promotion.ts';
import { promoted } from './report.ts';
import { stepBack } from './step-back.ts';
import { putRoute, switchBack } from './traffic.ts';
import { canaryFails } from './watch-canary.ts';

const RESTORING = 'watch the canary while the primary is restored';

/** Nothing interrupts the way back, a cancel of the workflow included. Rethrows what is not a reason to go back. */
export async function goBack(run: Run, error: unknown): Promise<void> {
  if (isReturning(run, error) && patched('finish-forward')) return finishForward(run, error);
  const request = asGoBack(run, error);
  run.goingBack = true;
  run.goBackRequest = request;
  stopWatchingRoutes(run);
  noteForeignRoute(run);
  await CancellationScope.nonCancellable(async () => {
    decide(run, request);
    run.begin('switch-back');
    await returnUsers(run, request.urgent);
    run.finish('switch-back', 'primary 100 %');
    run.begin('scale-down');
    const seen = await removeCanary(run);
    await restoreAutoscaler(run);
    run.finish('scale-down', seen);
  });
}

/** Users are on the upgraded primary, or nothing keeps them from getting there: finishing is the shorter safe way. */
function isReturning(run: Run, error: unknown): boolean {
  const { state } = run.line('switch-back');
  const cancelled = isCancellation(error);
  if (state === 'done') return cancelled || error instanceof GoBack;
  return state === 'running' && cancelled && run.view.needsYou === undefined;
}

async function finishForward(run: Run, error: unknown): Promise<void> {
  const why = error instanceof GoBack ? error.decision.reason : 'The workflow was cancelled.';
  run.view.warnings.push(`${why} Users were returning to the upgraded primary already, so the rollout was finished.`);
  run.goBackRequest = undefined;
  run.view.paused = undefined;
  run.view.needsYou = undefined;
  run.view.state = 'running';
  try {
    await CancellationScope.nonCancellable(async () => {
      await switchBack(run);
      await scaleCanaryToZero(run);
      promoted(run);
    });
  } catch (later) {
    // a person has aborted while it waited for one
    await goBack(run, later);
  }
}

function asGoBack(run: Run, error: unknown): GoBack {
  if (error instanceof GoBack) return error;
  if (isCancellation(error)) {
    return run.goBackRequest ?? new GoBack({ kind: 'aborted', reason: 'The workflow was cancelled.' });
  }
  throw error;
}

/** Somebody else's change may have led users to the canary, whether we wrote the route or not. */
function noteForeignRoute({ state }: Run): void {
  if (state.drift === undefined || state.unconfirmed.includes('route') || !patched('leave-foreign-routes')) return;
  state.unconfirmed.push('route');
}

function decide(run: Run, { decision }: GoBack): void {
  const { view } = run;
  const current = view.steps.findLast((line) => line.state === 'running' || line.state === 'failed');
  const step = decision.step ? stepNumber(decision.step) : (current?.number ?? 1);
  for (const line of view.steps) {
    if (line.state === 'running')
      Object.assign(line, { state: 'failed', endedAt: run.now(), note: line.note ?? 'stopped here' });
  }
  view.outcome = { kind: decision.kind, reason: decision.reason, step };
  view.state = 'going-back';
  view.paused = undefined;
  view.needsYou = undefined;
  run.say(`Going back: ${decision.reason}`);
  publishState(view);
}

async function returnUsers(run: Run, urgent: boolean): Promise<void> {
  if (await primaryWasTouched(run)) return restoreThenReturn(run, urgent);
  const { written, unconfirmed } = run.state;
  if (!written.includes('route') && !unconfirmed.includes('route')) return;
  const needed = urgent ? 1 : carrierSize(run.detected.primaryReplicas, run.view.route.canary);
  await stepBack(run, needed);
  if (await routeToPrimary(run, needed)) return;
  if (patched('primary-carries')) return growThenReturn(run);
  await awaitPreviousPrimary(run, 1);
  while (!(await routeToPrimary(run))) await awaitPreviousPrimary(run, 1);
}

/** A scheduled write counts as possibly made: the raised fence stops a late one, and what is read there decides. */
async function primaryWasTouched(run: Run): Promise<boolean> {
  const { written, unconfirmed } = run.state;
  if (!unconfirmed.includes('primary')) return written.includes('primary');
  const { revision } = run.detected;
  const { touched } = await run.write('primary', 'stop a late upgrade of the primary', (activities, target) =>
    activities.raiseFence({ ...target, object: 'primary', revision }),
  );
  return touched;
}

async function restoreThenReturn(run: Run, urgent: boolean): Promise<void> {
  const returned = urgent && (await routeToPrimary(run));
  run.say("Restoring the primary's previous revision.");
  await restorePrimary(run, "restore the primary's previous revision", primarySize(run));
  await returnWhenReady(run, returned, awaitPreviousPrimary(run, primarySize(run)));
}

/** The primary cannot take the users: back to its size first, but an abort does not wait for that forever. */
async function growThenReturn(run: Run): Promise<void> {
  const { primaryReplicas } = run.detected;
  run.say('Bringing the primary back to its size before users return.');
  await restorePrimary(run, `bring the primary back to ${primaryReplicas}`, primaryReplicas, true);
  await returnWhenReady(run, false, lookAtPreviousPrimary(run, primaryReplicas));
}

async function restorePrimary(run: Run, summary: string, replicas: number, sizeOnly?: boolean): Promise<void> {
  const { previous, autoscalers } = run.detected;
  const restored = await run.write('primary', summary, (activities, target) =>
    activities.restorePrimary({ ...target, previous, replicas, autoscaler: autoscalers.primary, sizeOnly }),
  );
  if (restored?.raised) noteRaisedBounds(run);
}

/** Users stay on a canary that passes its checks until the wait is over; one that fails they leave at once. */
async function returnWhenReady(run: Run, alreadyReturned: boolean, wait: Promise<unknown>): Promise<void> {
  let returned = alreadyReturned;
  let ready = false;
  const waiting = wait.then(() => {
    ready = true;
  });
  while (!returned && !ready) {
    if (await canaryFails(run, RESTORING, run.plan.shift.everyMs, () => ready)) returned = await routeOrWait(run);
  }
  await waiting;
  if (!returned) await stepBack(run);
  while (!returned) returned = await routeOrWait(run);
}

/** Neither side has a ready pod: the next try comes with the first one of the primary, not at once and again and again. */
async function routeOrWait(run: Run): Promise<boolean> {
  const returned = await routeToPrimary(run);
  if (!returned && patched('wait-for-a-primary')) await awaitPreviousPrimary(run, 1);
  return returned;
}

/** @returns false when the primary has fewer ready pods */
async function routeToPrimary(run: Run, requireReplicas = 1): Promise<boolean> {
  run.say('Returning all live traffic to the primary.');
  const intent = atRest(run);
  const result = await putRoute(run, 'return all live traffic to the primary', intent, {
    requireReady: 'primary',
    requireReplicas,
    overwrite: true,
  });
  if (result.kind === 'notReady') return false;
  if (result.kind !== 'written') run.view.warnings.push(`${result.sentence}.`);
  run.view.route = intent;
  run.say('Live traffic is on the primary.');
  return true;
}

function readPreviousPrimary(run: Run, summary: string, replicas: number): Promise<ReadyResult> {
  const { readyTimeoutMs: timeoutMs } = run.plan.scale;
  return waitActivities(run.cluster, summary, timeoutMs).awaitReady({
    ...run.target,
    side: 'primary',
    revision: run.detected.previous,
    replicas,
    timeoutMs,
    stableMs: 0,
  });
}

async function lookAtPreviousPrimary(run: Run, replicas: number): Promise<ReadyResult> {
  const summary = `wait for ${plural(replicas, 'ready primary pod')} of the previous revision`;
  const result = await run.insist(summary, () => readPreviousPrimary(run, summary, replicas));
  run.view.replicas.primary = result.replicas;
  return result;
}

async function awaitPreviousPrimary(run: Run, replicas: number): Promise<void> {
  for (;;) {
    const result = await lookAtPreviousPrimary(run, replicas);
    if (result.ready) return;
    const need = {
      reason: `The primary did not become ready again: ${result.sentence}`,
      onResume: 'waits for the primary again',
      onAbort: 'changes nothing: the rollout is going back already',
      onSilence: 'traffic stays where it is',
    };
    if (!patched('primary-comes-back')) await run.hold(need);
    else if (await holdUntilReady(run, replicas, { ...need, onSilence: 'it goes on when the primary is ready' }))
      return;
  }
}

/** A person is asked, and the wait goes on: a primary that comes up after all needs nobody. @returns whether it is ready */
async function holdUntilReady(run: Run, replicas: number, need: Omit<NeedsYou, 'since'>): Promise<boolean> {
  let ready = false;
  const scope = new CancellationScope();
  const watching = scope
    .run(async () => {
      while (!ready)
        ready = (await readPreviousPrimary(run, 'see whether the primary comes up after all', replicas)).ready;
    })
    .catch((error) => {
      if (!isCancellation(error)) log.warn('nobody watches the primary', { error: String(error) });
    });
  await run.hold(need, { over: () => ready });
  scope.cancel();
  await watching;
  return ready;
}

async function restoreAutoscaler(run: Run): Promise<void> {
  const { written, unconfirmed } = run.state;
  const found = run.state.detected?.autoscalers.primary;
  if (!found || !(written.includes('primary-autoscaler') || unconfirmed.includes('primary-autoscaler'))) return;
  await writePrimaryBounds(run, found);
}
