import {
  type Client,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Action, ActionAnswer, ActionVerb } from '../contract/action.ts';
import { abortSignal, actionUpdate, pauseSignal, wakeSignal } from '../contract/messages.ts';
import type { RolloutView } from '../contract/view.ts';
import { FAILED_PRECONDITION, grpcStatus, ranOut, reason, within } from '../temporal/calls.ts';
import { questionId } from './question.ts';

/** What became of an action. `sent`: a signal is stored, but no worker has confirmed it. */
export type ActResult = { kind: 'answered'; answer: ActionAnswer } | { kind: 'sent' } | { kind: 'unanswered' };

/** A worker answers within milliseconds, one that has to be started within seconds; an emergency must not wait long for one that is not there. */
const ANSWER_TIMEOUT_MS = 5_000;
const RETRY_MS = 100;

const EMERGENCIES = { pause: pauseSignal, abort: abortSignal };

/**
 * Sends an action as an update. When no worker answers, pause and abort go as a signal: a signal is durable, an update is not before
 * a worker takes it. Both arriving does no harm: the second finds the rollout paused or going back.
 * @param doubtful no worker answered a moment ago: one may have to be started, which a signal does and an update does not
 * @throws WorkflowNotFoundError when no rollout runs
 */
export async function act(client: Client, workflowId: string, action: Action, doubtful: boolean): Promise<ActResult> {
  const { verb, actor } = action;
  const handle = client.workflow.getHandle(workflowId);
  const emergency = verb === 'pause' || verb === 'abort' ? EMERGENCIES[verb] : undefined;
  const unproven = actor.statement === undefined;
  if (!(doubtful && emergency && unproven)) {
    if (doubtful) await within(client, () => handle.signal(wakeSignal));
    const answer = await answerTo(client, handle, action);
    if (answer) return { kind: 'answered', answer };
  }
  if (!emergency) return { kind: 'unanswered' };
  const note = `${action.reason ? `${action.reason} ` : ''}(sent by ${actor.name} · ${actor.channel})`;
  await within(client, () => handle.signal(emergency, note));
  return { kind: 'sent' };
}

/** @returns undefined when no worker answers in time */
async function answerTo(client: Client, handle: WorkflowHandle, action: Action): Promise<ActionAnswer | undefined> {
  try {
    return await within(client, () => updateRollout(handle, action), ANSWER_TIMEOUT_MS);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) return { accepted: false, message: reason(error.cause ?? error) };
    if (!noAnswer(error)) throw error;
    return undefined;
  }
}

/**
 * An update in a workflow task that the server gives up is dropped with it, for instance when the run was about to close and
 * an activity ended meanwhile. The task is done again; so is the update, which its id keeps from counting twice.
 */
export async function updateRollout(handle: WorkflowHandle, action: Action): Promise<ActionAnswer> {
  for (;;) {
    try {
      return await handle.executeUpdate(actionUpdate, { args: [action], updateId: action.id });
    } catch (error) {
      if (grpcStatus(error) !== FAILED_PRECONDITION) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** No worker took an update in time. */
export function noAnswer(error: unknown): boolean {
  return error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || ranOut(error);
}

/**
 * Names what the action is meant for, so that it never hits a later rollout or question. The step is pinned too, but for pause,
 * abort and answers: they mean the rollout wherever it is, and must not lose a race against a step that ends.
 * @param asked the question as a person wrote it
 * @throws RangeError when it names no single question
 */
export function pinned(
  verb: ActionVerb,
  view: RolloutView | undefined,
  asked?: string,
): Pick<Action, 'rollout' | 'step' | 'revision' | 'question'> {
  const question = asked === undefined ? onlyRetry(verb, view) : questionId(asked, view?.questions);
  if (!view) return { question };
  const anywhere = verb === 'pause' || verb === 'abort' || question !== undefined;
  const step = !anywhere ? view.steps.find(({ state }) => state === 'running')?.name : undefined;
  // before the rollout has its number, its delivery is its name
  return { rollout: view.rollout ?? view.startedBy.delivery, revision: view.revision?.id, step, question };
}

/** Retry without a question means the only one that can be tried again; of several the rollout wants a name. */
function onlyRetry(verb: ActionVerb, view: RolloutView | undefined): string | undefined {
  const open = verb === 'retry' ? (view?.questions ?? []).filter(({ answers }) => answers.retry !== undefined) : [];
  return open.length === 1 ? open[0]?.id : undefined;
}
