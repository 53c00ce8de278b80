/** An action of somebody who was proven to this server, whatever way they came: pinned to what runs, vouched for, sent. */
import type { Client } from '@temporalio/client';
import { type Holder, type RolloutTarget, readKey, type ServerKey, vouch } from '../authority/index.ts';
import type { Action, ActionAnswer } from '../contract/action.ts';
import { rolloutWorkflowId } from '../contract/ids.ts';
import { viewQuery } from '../contract/messages.ts';
import type { RolloutView } from '../contract/view.ts';
import { type Installation, type InstallationFile, readSecret } from '../installation/index.ts';
import { act, lookAgain, openQuestions, pinned, takeSnapshot } from '../steering/index.ts';
import { HttpError } from './http-error.ts';

export interface PerformDeps {
  temporal: Client;
  installation: InstallationFile;
}

/** What is asked: the id, the verb and its arguments; what it is meant for where the person has seen that. */
export type ActionRequest = Omit<Action, 'actor'>;

/**
 * @param channel where it came in
 * @returns what happens now; `stored`: no worker confirms it yet
 * @throws HttpError 403 the person may not, 409 refused, 503 no worker answers or this server has no key
 * @throws WorkflowNotFoundError when nothing ever ran
 */
export async function perform(
  { temporal, installation }: PerformDeps,
  { person: { name, groups }, may }: Holder,
  channel: string,
  target: RolloutTarget,
  asked: ActionRequest,
): Promise<ActionAnswer & { stored?: boolean }> {
  if (!may(asked.verb, target)) throw notAllowed(name, asked.verb, target);
  const workflow = rolloutWorkflowId(target.cluster, target.namespace, target.plan);
  const { status, view } = await takeSnapshot(temporal, viewQuery, workflow);
  if (status !== 'running') throw refused(`the rollout is over: ${view?.outcome?.reason ?? status}`);
  const action = { ...meantFor(view, asked), actor: { name, channel, groups } };
  const key = await neededKey(await installation.current());
  const vouched = await vouch(action, { cluster: target.cluster, workflow }, key);
  const result = await act(temporal, workflow, vouched, view === undefined);
  const { cluster, namespace, plan } = target;
  // what shows it learns of it sooner or later anyway
  lookAgain(temporal, { cluster, namespace, plan }).catch(() => undefined);
  if (result.kind === 'sent')
    return { accepted: true, message: 'It is stored; no worker confirms it yet.', stored: true };
  if (result.kind === 'unanswered') throw noWorker('no worker has answered yet');
  if (!result.answer.accepted) throw refused(result.answer.message, view);
  return result.answer;
}

/** What the person has seen, otherwise what is there now. */
function meantFor(view: RolloutView | undefined, asked: ActionRequest): ActionRequest {
  try {
    const { rollout, revision, step, question } = pinned(asked.verb, view, asked.question);
    const seen = { rollout: asked.rollout ?? rollout, revision: asked.revision ?? revision, step: asked.step ?? step };
    return { ...asked, ...seen, question };
  } catch (error) {
    throw error instanceof RangeError ? refused(error.message, view) : error;
  }
}

function refused(message: string, view?: RolloutView): HttpError {
  const remedy = openQuestions(view).trim() || 'look where it stands';
  return new HttpError(409, { code: 'refused', message, remedy });
}

export function noWorker(message: string): HttpError {
  return new HttpError(503, { code: 'no-worker', message, remedy: 'send it again with the same id', retryAfter: 5 });
}

export function notAllowed(name: string, verb: string, { cluster, namespace, plan }: RolloutTarget): HttpError {
  return new HttpError(403, {
    code: 'not-allowed',
    message: `${name} may not ${verb} ${namespace}/${plan} on cluster ${cluster}`,
    remedy: 'ask who runs Sluice for the right, in people of the installation',
  });
}

/** @returns undefined when there is none  @throws Error that says what is wrong with it */
export async function serverKey({ key, dir = '.' }: Installation): Promise<ServerKey | undefined> {
  return key && readKey(await readSecret(key, dir));
}

/** @throws HttpError 503 when there is none */
export async function neededKey(installation: Installation): Promise<ServerKey> {
  const key = await serverKey(installation);
  if (key) return key;
  const remedy = 'write key: in the installation of this server; sluice key init makes one';
  throw new HttpError(503, { code: 'no-key', message: 'this server has no key to vouch with', remedy });
}
