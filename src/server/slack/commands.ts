/** `POST /slack/commands`: `/sluice …` of a person in Slack, answered within Slack's three seconds, by a second message if need be. */

import { WorkflowNotFoundError } from '@temporalio/client';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import { type Holder, holder, type RolloutTarget } from '../../authority/index.ts';
import { rolloutWorkflowId } from '../../contract/ids.ts';
import { viewQuery } from '../../contract/messages.ts';
import type { Person } from '../../installation/index.ts';
import { takeSnapshot, untold, withUntold } from '../../steering/index.ts';
import type { AppEnv } from '../env.ts';
import { HttpError } from '../http-error.ts';
import { type PerformDeps, perform } from '../perform.ts';
import { answerLater } from './answer-later.ts';
import { type ActionText, isCheck, readCommand, readText, type SlackCommand, type SlackVerb } from './command.ts';
import { proveSlack } from './signature.ts';
import { everybody, onlyYou, statusText } from './text.ts';

export interface SlackOptions {
  /** Signing secret of the Slack app. */
  signingSecret: string;
  /** Origins besides Slack's own that later answers may go to. */
  answerOrigins?: readonly string[];
  /** Longest wait for an outcome within the request, ms. Default 2000. */
  waitMs?: number;
}

interface Deps extends PerformDeps {
  slack: SlackOptions;
  cluster: string;
  log: Logger;
  clock?: () => number;
}

const MAX_BODY_BYTES = 64 * 1024;

type Reply = ReturnType<typeof onlyYou> | ReturnType<typeof everybody>;
type Handler = (c: Context<AppEnv>) => Promise<Response>;

export function slackCommands(deps: Deps): [MiddlewareHandler<AppEnv>, Handler] {
  const later = answerLater(deps.slack.answerOrigins ?? [], deps.log);
  const handle: Handler = async (c) => {
    const { slack, clock = Date.now } = deps;
    const proof = proveSlack((name) => c.req.header(name), slack.signingSecret, clock());
    // Slack's look at the certificate comes unsigned; of who signs wrongly nothing is read
    if (!proof.ok && proof.code !== 'header-missing') throw unsigned(proof.code);
    const body = new Uint8Array(await c.req.arrayBuffer());
    if (isCheck(body)) return c.body(null, 200);
    if (!proof.ok || !proof.fits(body)) throw unsigned(proof.ok ? 'signature-wrong' : proof.code);
    const command = readCommand(body);
    if (!command) throw new HttpError(422, NO_COMMAND);
    Object.assign(c.var.notes, { team: command.team, user: command.user });
    const outcome = reply(deps, command, c.var.notes);
    const soon = await within(outcome, slack.waitMs ?? 2_000);
    if (soon) return c.json(soon);
    outcome.then((message) => later(command.responseUrl, message)).catch(() => {});
    return c.json(onlyYou('Taken; the outcome follows here.'));
  };
  return [bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }), handle];
}

const NO_COMMAND = { code: 'no-command', message: 'this is no slash command', remedy: 'let Slack send it' };

function unsigned(code: string): HttpError {
  const message =
    code === 'timestamp-stale' ? 'the request is more than 5 minutes from our clock' : 'the signature does not fit';
  return new HttpError(401, { code, message, remedy: 'sign the raw body with the signing secret of the Slack app' });
}

function tooLarge(): never {
  throw new HttpError(413, { code: 'body-too-large', message: 'the body is larger than 64 KiB', remedy: 'send less' });
}

/** Never rejects: whatever goes wrong is told. */
async function reply(deps: Deps, command: SlackCommand, notes: Record<string, unknown>): Promise<Reply> {
  const asked = readText(command.text);
  if ('help' in asked) return onlyYou(asked.help);
  notes.verb = asked.verb;
  const target = { cluster: deps.cluster, namespace: asked.namespace ?? 'default', plan: asked.plan };
  const person = whoIs(command, (await deps.installation.current()).people);
  const right = asked.verb === 'status' ? 'view' : asked.verb;
  if (!person?.may(right, target)) {
    notes.refused = 'not allowed';
    return onlyYou(
      `You may not ${asked.verb} ${target.namespace}/${target.plan}. Who may is in the installation of the server.`,
    );
  }
  try {
    return asked.verb === 'status'
      ? await status(deps, target)
      : await steer(deps, command, person, target, { ...asked, verb: asked.verb });
  } catch (error) {
    if (error instanceof HttpError)
      return onlyYou(
        `${asked.verb} ${target.namespace}/${target.plan} refused: ${error.message}\n${error.details.remedy}`,
      );
    if (error instanceof WorkflowNotFoundError)
      return onlyYou(`Nothing was ever rolled out for ${target.namespace}/${target.plan} on cluster ${deps.cluster}.`);
    deps.log.warn({ err: error }, 'a Slack command failed');
    return onlyYou(
      'Temporal does not answer, so nothing was changed as far as is known. Try again, or use the Temporal CLI.',
    );
  }
}

/** People are known by the ids of Slack alone, in their team. */
function whoIs({ team, user }: SlackCommand, people: readonly Person[]): Holder | undefined {
  const found = people.find(({ slack }) => slack.some((one) => one.team === team && one.user === user));
  return found && holder(found);
}

async function status({ temporal }: Deps, { cluster, namespace, plan }: RolloutTarget): Promise<Reply> {
  const { view, trouble } = await takeSnapshot(temporal, viewQuery, rolloutWorkflowId(cluster, namespace, plan));
  if (view) return onlyYou(statusText(withUntold(view, await untold(temporal, view))));
  return onlyYou(trouble ?? 'No worker answers at the moment; the rollout goes on when one is back.');
}

async function steer(
  deps: Deps,
  { id }: SlackCommand,
  person: Holder,
  target: RolloutTarget,
  { verb, question, answer, reason }: ActionText & { verb: Exclude<SlackVerb, 'status'> },
): Promise<Reply> {
  const { message, stored } = await perform(deps, person, 'slack', target, { id, verb, question, answer, reason });
  const done = `${person.person.name}: ${verb} ${target.namespace}/${target.plan}`;
  if (stored) return everybody(`${done} is stored; no worker confirms it yet.`);
  return everybody(`${done}${reason ? ` (${reason})` : ''}. ${message}`);
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
