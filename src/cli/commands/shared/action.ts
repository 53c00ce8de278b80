/** What `sluice pause`, `resume`, `abort` and the other verbs for a running rollout have in common. */

import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { type Action, OPEN_VERBS } from '../../../contract/action.ts';
import { viewQuery } from '../../../contract/messages.ts';
import type { ActResult } from '../../../steering/act.ts';
import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { clean } from '../../render/text.ts';
import { findServer, type ServerAccess, serverOption } from '../../server/find-server.ts';
import { connected, type Session } from '../../session.ts';
import { settingsOf } from '../../settings.ts';
import { openTerminal, show, type Terminal } from '../../terminal/terminal.ts';
import { type ObjectName, orNotFound } from './object-name.ts';
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
  server?: string;
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
      .addOption(serverOption())
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
  const proven = 'It goes to a server, which knows you by sluice login, SLUICE_TOKEN or SLUICE_TOKEN_FILE.';
  return OPEN_VERBS.includes(verb)
    ? `${proven} Without one it goes to Temporal, and the audit says "unverified".`
    : proven;
}

async function run(
  command: ActionCommand,
  plan: string,
  more: Partial<Action>,
  { namespace, server, by, reason }: ActionFlags,
  self: Command,
): Promise<void> {
  const { verb } = command;
  const name = await planName(plan, namespace);
  const asked = { id: randomUUID(), verb, reason, ...more };
  const access = await findServer(server, settingsOf(self));
  if (access) {
    process.exitCode = await throughServer(access, command, name, asked, self);
    return;
  }
  if (!OPEN_VERBS.includes(verb)) throw new CliError(EXIT.notAllowed, `${verb} needs a proof of who asks`, NO_SERVER);
  const action: Action = { ...asked, actor: { name: by, channel: 'cli' } };
  await connected(self, (session) =>
    orNotFound(session, 'plan', name, () => {
      const workflowId = rolloutIdOf(session.settings.cluster, name);
      return perform(session, command, workflowId, action);
    }),
  );
}

const NO_SERVER =
  'Send it to a server: --server URL or SLUICE_SERVER, after sluice login or with a token in SLUICE_TOKEN.';

async function throughServer(
  access: ServerAccess,
  command: ActionCommand,
  name: ObjectName,
  action: Omit<Action, 'actor'>,
  self: Command,
): Promise<ExitCode> {
  const settings = settingsOf(self);
  const { sendAction } = await import('../../server/ask-server.ts');
  const answer = await sendAction(access, settings.cluster, name, action);
  return told(openTerminal(settings), command, action, answer ? { kind: 'answered', answer } : { kind: 'sent' });
}

/** Straight to Temporal: the emergency. */
async function perform(
  { client, terminal }: Session,
  command: ActionCommand,
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
    const message = `nothing to ${asked.verb}: the rollout is over (${how})`;
    throw new CliError(EXIT.conflict, message, 'What happened: sluice audit');
  }
  const action = { ...asked, ...pinned(asked.verb, view) };
  return told(terminal, command, action, await act(client, workflowId, action, view === undefined));
}

const UNCONFIRMED = 'It has its effect as soon as a worker is back.';

function told(terminal: Terminal, { verb, leaves }: ActionCommand, action: object, result: ActResult): ExitCode {
  show(terminal, { action, ...result }, () =>
    'answer' in result && result.answer.accepted ? [clean(result.answer.message)] : [],
  );
  if (result.kind !== 'answered')
    throw new CliError(EXIT.unreachable, `${verb} is sent and stored; no worker confirms it yet.`, UNCONFIRMED);
  const { accepted, message } = result.answer;
  const hint = 'Nothing was changed. See where it stands: sluice get';
  if (!accepted) throw new CliError(EXIT.conflict, `${verb} refused: ${message}`, hint);
  terminal.say(leaves);
  return EXIT.ok;
}
