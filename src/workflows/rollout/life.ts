/** How a run begins, from an offer or from the run before it, and how it ends or hands over to the next offer. */
import { allHandlersFinished, CancellationScope, condition, makeContinueAsNewFunc } from '@temporalio/workflow';
import { stepNumber } from '../../contract/steps.ts';
import type { RolloutView } from '../../contract/view.ts';
import { type Decision, GoBack } from './errors.ts';
import { carriedOf, type RolloutInput } from './input.ts';
import { ask, close, isOpen } from './questions.ts';
import { setQueue } from './queue.ts';
import { Run } from './run.ts';
import { initialState } from './state.ts';
import { guard } from './steps/checks.ts';
import { settleDrift } from './steps/drift.ts';
import { endOfPause } from './steps/gates.ts';
import { end } from './steps/report.ts';

export function begin(input: RolloutInput): Run {
  const { offer, cluster, seenOffers, waiting = [] } = input;
  const carried = carriedOf(input);
  const state = carried ?? initialState(offer, cluster, new Date().toISOString(), seenOffers);
  if (!carried && waiting.length > 0) setQueue(state, waiting);
  const run = new Run(input, state, { guard, settleDrift, endOfPause });
  const { back } = state;
  if (back?.decision) run.goBackRequest = new GoBack(back.decision);
  // users were being taken back under a wait: the next interval tells whether they still have to
  else if (back?.goal === 'previous') state.back = undefined;
  if (state.detected && state.view.rollout) {
    const { plan, namespace, rollout } = state.view;
    run.answer = { plan, namespace, status: 'started', rollout };
  }
  if (state.view.questions.length > 0 || state.closed.length > 0) run.news.tell();
  return run;
}

/** Ends the run; an offer that waits begins a run of its own. After a person's abort it waits for resume or a newer event. */
export async function finish(run: Run): Promise<RolloutView> {
  return CancellationScope.nonCancellable(() => endRun(run));
}

/** Ends a run whose offer asks for nothing new, or for what may not be. */
export async function nothingBegan(run: Run, decision: Decision): Promise<RolloutView> {
  run.view.outcome = { kind: decision.kind, reason: decision.reason, step: stepNumber('detect') };
  run.finish('detect', decision.kind);
  end(run, 'nothing to report');
  return finish(run);
}

async function endRun(run: Run): Promise<RolloutView> {
  run.answer ??= {
    plan: run.plan.name,
    namespace: run.plan.namespace,
    status: 'rejected',
    reason: run.view.outcome?.reason,
  };
  if (run.view.outcome?.kind === 'aborted' && run.state.next && !run.startsAtOnce) await holdQueuedOffer(run);
  await condition(() => allHandlersFinished() && run.news.isTold);
  const { next, waiting, seenOffers } = run.state;
  if (next) {
    const input: RolloutInput = { cluster: run.cluster, offer: next, seenOffers, ...(waiting && { waiting }) };
    // the next rollout takes the current build of the workers, also when this one is pinned to its own
    await makeContinueAsNewFunc({ initialVersioningBehavior: 'AUTO_UPGRADE' })(input);
  }
  return run.view;
}

async function holdQueuedOffer(run: Run): Promise<void> {
  const held = run.state.next;
  const behind = run.state.waiting?.length;
  const question = ask(run, {
    kind: 'queue',
    object: held?.id ?? '',
    reason: `${held?.event.image ?? 'A changed configuration'} waits behind an aborted rollout.`,
    answers: { start: 'starts it', drop: 'drops it' },
    onAbort: 'drops it',
    onSilence: 'it waits; a newer event starts',
  });
  const newer = () => run.state.next !== held || run.state.waiting?.length !== behind;
  await condition(() => !isOpen(run, question) || newer());
  close(run, question);
}
