/** What somebody in Slack asks of a rollout: who it is, whether they may, what becomes of it, and what is said of that. */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Holder, RolloutTarget } from '../../authority/index.ts';
import type { Right } from '../../contract/action.ts';
import { rolloutWorkflowId } from '../../contract/ids.ts';
import { viewQuery } from '../../contract/messages.ts';
import { stateWord } from '../../contract/words.ts';
import { takeSnapshot } from '../../steering/index.ts';
import { HttpError } from '../http-error.ts';
import { type ActionRequest, type PerformDeps, perform } from '../perform.ts';
import { onlyYou, type SlackReply } from './text.ts';
import { type SlackUser, whoIs } from './user.ts';

export interface SlackDeps extends PerformDeps {
  slack: SlackOptions;
  cluster: string;
  log: Logger;
  clock?: () => number;
}

export interface SlackOptions {
  /** Of the Slack app, for requests over HTTP. */
  signingSecret?: string;
  /** Of the Slack app, for requests over a socket. */
  appToken?: string;
  /** Base of the API. Default: Slack's own. */
  address?: string;
  /** Origins besides Slack's own that later answers may go to. */
  answerOrigins?: readonly string[];
  /** Longest wait for an outcome within the request, ms. Default 2000. */
  waitMs?: number;
}

/** `what`: as a sentence calls it. */
export type SlackWish = { what: string; right: Right; target: RolloutTarget };

/** Never rejects: whatever goes wrong is told, with what is true now. */
export async function asked(
  deps: SlackDeps,
  user: SlackUser,
  { what, right, target }: SlackWish,
  work: (person: Holder) => Promise<SlackReply>,
): Promise<SlackReply> {
  const name = `${target.namespace}/${target.plan}`;
  try {
    const person = whoIs(user, (await deps.installation.current()).people);
    if (person?.may(right, target)) return await work(person);
    const lacks = `${person?.person.name} lacks the right ${right} for it on cluster ${target.cluster}`;
    const missing = person ? lacks : 'your ids of Slack are those of nobody there';
    return onlyYou(`You may not ${what} ${name}: ${missing}. Who may is in people of the installation.`);
  } catch (error) {
    if (error instanceof HttpError)
      return onlyYou(
        `${what} ${name} refused: ${error.message}\n${error.details.remedy}${await standing(deps, target)}`,
      );
    if (error instanceof WorkflowNotFoundError)
      return onlyYou(`Nothing was ever rolled out for ${name} on cluster ${target.cluster}.`);
    deps.log.warn({ err: error }, 'a request of Slack failed');
    const remedy = 'Try again, or use the Temporal CLI.';
    return onlyYou(`Temporal does not answer, so nothing was changed as far as is known. ${remedy}`);
  }
}

/** @returns who did what, and what happens now */
export async function steer(
  deps: SlackDeps,
  { person, may }: Holder,
  { what, target }: SlackWish,
  request: ActionRequest,
) {
  const { message, stored } = await perform(deps, { person, may }, 'slack', target, request);
  const done = `${person.name}: ${what} ${target.namespace}/${target.plan}`;
  if (stored) return `${done} is stored; no worker confirms it yet.`;
  return `${done}${request.reason ? ` (${request.reason})` : ''}. ${message}`;
}

async function standing({ temporal }: SlackDeps, { cluster, namespace, plan }: RolloutTarget): Promise<string> {
  const run = takeSnapshot(temporal, viewQuery, rolloutWorkflowId(cluster, namespace, plan));
  const { view } = await run.catch(() => ({ view: undefined }));
  return view ? `\nNow: ${stateWord(view)} (${view.rollout ?? 'being detected'}). ${view.sentence}` : '';
}
