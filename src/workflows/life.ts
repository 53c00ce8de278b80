/** How a run begins, from an offer or from the run before it, and how it ends or hands over to the next offer. */
import { allHandlersFinished, CancellationScope, condition, continueAsNew } from '@temporalio/workflow';
import { stepNumber } from '../contract/steps.ts';
import type { RolloutView } from '../contract/view.ts';
import { setQueue } from '../rollout/queue.ts';
import { initialState } from '../rollout/state.ts';
import type { Decision } from './errors.ts';
import { settleDrift } from './route-watch.ts';
import { type RolloutInput, Run } from './run.ts';
import { publishState } from './search-attributes.ts';
import { guard } from './steps/checks.ts';
import { endOfPause } from './steps/gates.ts';
import { end } from './steps/report.ts';

export function begin(input: RolloutInput): Run {
  const { offer, cluster, carried, seenOffers, waiting = [] } = input;
  const state = carried ?? initialState(offer, cluster, new Date().toISOString(), seenOffers);
  if (!carried && waiting.length > 0) setQueue(state, waiting);
  // An earlier run that ended in a wait: the wait begins again and says so itself.
  if (state.view.state === 'needs-you') state.view.state = state.view.paused ? 'paused' : 'running';
  const run = new Run(input, state, { guard, settleDrift, endOfPause });
  if (state.detected && state.view.rollout) {
    const { plan, namespace, rollout } = state.view;
    run.answer = { plan, namespace, status: 'started', rollout };
  }
  return run;
}

/** Ends the run; an offer that waits begins a run of its own. After a person's abort it waits for resume or a newer event. */
export async function finish(run: Run): Promise<RolloutView> {
  return CancellationScope.nonCancellable(() => close(run));
}

/** Ends a run whose offer asks for nothing new, or for what may not be. */
export async function nothingBegan(run: Run, decision: Decision): Promise<RolloutView> {
  run.view.outcome = { kind: decision.kind, reason: decision.reason, step: stepNumber('detect') };
  run.finish('detect', decision.kind);
  end(run, 'nothing to report');
  return finish(run);
}

async function close(run: Run): Promise<RolloutView> {
  run.answer ??= {
    plan: run.plan.name,
    namespace: run.plan.namespace,
    status: 'rejected',
    reason: run.view.outcome?.reason,
  };
  if (run.view.outcome?.kind === 'aborted' && run.state.next && !run.startsAtOnce) await holdQueuedOffer(run);
  await condition(allHandlersFinished);
  const { next, waiting, seenOffers } = run.state;
  if (next) {
    const input: RolloutInput = { cluster: run.cluster, offer: next, seenOffers, ...(waiting && { waiting }) };
    await continueAsNew(input);
  }
  return run.view;
}

async function holdQueuedOffer(run: Run): Promise<void> {
  const held = run.state.next;
  const behind = run.state.waiting?.length;
  run.view.needsYou = {
    reason: `${held?.event.image ?? 'A changed configuration'} waits behind an aborted rollout.`,
    since: new Date().toISOString(),
    onResume: 'starts it',
    onAbort: 'drops it',
    onSilence: 'it waits; a newer event starts',
  };
  run.view.state = 'needs-you';
  publishState(run.view);
  run.tell('needs-you');
  const newer = () => run.state.next !== held || run.state.waiting?.length !== behind;
  await condition(() => run.view.needsYou === undefined || newer());
  run.view.needsYou = undefined;
  run.view.state = 'ended';
}
