/** What `sluice pause`, `resume`, `abort` and the other verbs for a running rollout have in common. */

import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { type Action, OPEN_VERBS } from '../../../contract/action.ts';
import { viewQuery } from '../../../contract/messages.ts';
import type { RolloutView } from '../../../contract/view.ts';
import { withStatement } from '../../../steering/actor.ts';
import { openQuestions } from '../../../steering/question.ts';
import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { clean } from '../../render/text.ts';
import { connected, type Session } from '../../session.ts';
import { show } from '../../terminal/terminal.ts';
import { orNotFound } from './object-name.ts';
import { byOption, namespaceOption } from './options.ts';
import { planName, rolloutIdOf } from './plan-name.ts';

export interface ActionCommand {
  verb: Action['verb'];
  description: string;
  /** What the action leaves as it is; people should not have to guess. */
  leaves: string;
  example: string;
  /** It is not taken without --reason. */
  wantsReason?: boolean;
  /** Arguments behind the plan, and what they add to the action; optional ones may be absent. */
  arguments?: { names: string; read(...texts: (string | undefined)[]): Partial<Action> };
}

interface ActionFlags {
  namespace?: string;
  by: string;
  reason?: string;
}

/** @returns what adds the command of an action to the program */
export function actionCommand(action: ActionCommand): (program: Command) => void {
  const { verb, description, leaves, example, wantsReason = false, arguments: more } = action;
  return (program) =>
    program
      .command(`${verb} <plan>${more ? ` ${more.names}` : ''}`)
      .description(description)
      .addOption(namespaceOption('the plan'))
      .addOption(byOption())
      .addOption(new Option('--reason <text>', 'why; kept in the audit').makeOptionMandatory(wantsReason))
      .addHelpText('before', `Example:\n  ${example}\n`)
      .addHelpText('after', `\n${leaves}\n${proofOf(verb)}`)
      .action((plan: string, ...rest: unknown[]) => {
        const [flags, self] = rest.slice(-2) as [ActionFlags, Command];
        const texts = rest.slice(0, -2) as (string | undefined)[];
        return run(action, plan, more?.read(...texts) ?? {}, flags, self);
      });
}

function proofOf(verb: Action['verb']): string {
  return OPEN_VERBS.includes(verb)
    ? 'With SLUICE_ACTOR_KEY set the action is signed; without it the audit says "unverified".'
    : 'Needs SLUICE_ACTOR_KEY, the key of the worker, as a proof of who asks.';
}

async function run(
  command: ActionCommand,
  plan: string,
  more: Partial<Action>,
  { namespace, by, reason }: ActionFlags,
  self: Command,
): Promise<void> {
  const { verb } = command;
  const name = await planName(plan, namespace);
  const action: Action = { id: randomUUID(), verb, actor: { name: by, channel: 'cli' }, reason, ...more };
  await connected(self, (session) =>
    orNotFound(session, 'plan', name, () => {
      const workflowId = rolloutIdOf(session.settings.cluster, name);
      return perform(session, command, workflowId, action);
    }),
  );
}

async function perform(
  { client, terminal }: Session,
  { verb, leaves }: ActionCommand,
  workflowId: string,
  asked: Action,
): Promise<ExitCode> {
  const [{ act, pinned }, { takeSnapshot }] = await Promise.all([
    import('../../../steering/act.ts'),
    import('../../../steering/snapshot.ts'),
  ]);
  const { status, view } = await takeSnapshot(client, viewQuery, workflowId);
  if (status !== 'running') {
    const how = view?.outcome ? `${view.outcome.kind}: ${view.outcome.reason}` : status;
    throw new CliError(
      EXIT.conflict,
      `nothing to ${verb}: the rollout is over (${how})`,
      'What happened: sluice audit',
    );
  }
  const action = { ...asked, ...orRefused(verb, view, () => pinned(verb, view, asked.question)) };
  const signed = withStatement(action, process.env.SLUICE_ACTOR_KEY);
  const result = await act(client, workflowId, signed, view === undefined);
  show(terminal, { action, ...result }, () =>
    'answer' in result && result.answer.accepted ? [clean(result.answer.message)] : [],
  );
  if (result.kind !== 'answered') throw unanswered(verb, result.kind);
  if (!result.answer.accepted) throw refused(verb, result.answer.message, view);
  terminal.say(leaves);
  return EXIT.ok;
}

function orRefused<T>(verb: string, view: RolloutView | undefined, pin: () => T): T {
  try {
    return pin();
  } catch (error) {
    throw error instanceof RangeError ? refused(verb, error.message, view) : error;
  }
}

function refused(verb: string, message: string, view: RolloutView | undefined): CliError {
  const hint = `Nothing was changed. ${openQuestions(view)}See where it stands: sluice get`;
  return new CliError(EXIT.conflict, `${verb} refused: ${message}`, hint);
}

function unanswered(verb: string, kind: 'sent' | 'unanswered'): CliError {
  const [what, next] =
    kind === 'sent'
      ? ['is sent and stored; no worker confirms it yet.', 'It has its effect as soon as a worker is back.']
      : ['was not taken: no worker answers.', 'Start a worker and ask again: sluice worker'];
  return new CliError(EXIT.unreachable, `${verb} ${what}`, next);
}
