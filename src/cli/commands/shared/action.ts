import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { type Action, type ActionVerb, OPEN_VERBS } from '../../../contract/action.ts';
import { withStatement } from '../../../steering/actor.ts';
import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { clean } from '../../render/text.ts';
import { loginName, type Settings, settingsOf } from '../../settings.ts';
import { openTerminal, printData, type Terminal } from '../../terminal/terminal.ts';
import { notFound } from './not-found.ts';
import { planName, workflowIdOf } from './plan-name.ts';

interface ActFlags {
  namespace?: string;
  by: string;
  reason?: string;
}

interface Verb {
  verb: ActionVerb;
  /** Asks for a weight as second argument. */
  weight?: boolean;
  description: string;
  /** What the action leaves as it is; people should not have to guess. */
  leaves: string;
  example: string;
}

const VERBS: Verb[] = [
  {
    verb: 'pause',
    description: 'hold a rollout where it is; the checks go on and can still abort it',
    leaves: 'A pause leaves the weights as they are and does not stop the checks: they can still send users back.',
    example: 'sluice pause demo/reviews --reason "looking at the latency"',
  },
  {
    verb: 'resume',
    description: 'let a paused rollout, or one that needs you, go on',
    leaves: 'The checks keep running as before.',
    example: 'sluice resume demo/reviews',
  },
  {
    verb: 'abort',
    description: 'send all users back to the previous revision and end the rollout',
    leaves:
      'An abort does not stop at once what is under way on the way back: users leave first, the canary is scaled down after they have.',
    example: 'sluice abort demo/reviews --reason "errors in the checkout"',
  },
  {
    verb: 'approve',
    description: 'agree to what a rollout waits for; outside its hours: let it go on now',
    leaves:
      'The checks keep running and can still abort. Who delivered the version may not approve it unless the plan says so.',
    example: 'sluice approve demo/reviews --reason "load test looks good"',
  },
  {
    verb: 'reject',
    description: 'refuse what a rollout waits for: all users go back to the previous revision',
    leaves: 'The canary is scaled down after users have left and connections have drained.',
    example: 'sluice reject demo/reviews --reason "not before the campaign"',
  },
  {
    verb: 'promote',
    description: 'skip what is left of mirror and weights and upgrade the primary',
    leaves: 'Readiness is never skipped, nor approvals or hours of the plan; checks go on and can still abort.',
    example: 'sluice promote demo/reviews --reason "urgent fix"',
  },
  {
    verb: 'retry',
    description: 'try again what a rollout that needs you could not do',
    leaves: 'The checks keep running as before.',
    example: 'sluice retry demo/reviews',
  },
  {
    verb: 'set-weight',
    weight: true,
    description: 'give the canary another share of the users, up or down',
    leaves: 'After a passed interval at that weight the rollout goes on with the next larger one of the plan.',
    example: 'sluice set-weight demo/reviews 5 --reason "a closer look"',
  },
];

export function addActions(program: Command): void {
  for (const verb of VERBS) {
    const command = program
      .command(`${verb.verb} <plan>${verb.weight ? ' <percent>' : ''}`)
      .description(verb.description)
      .option('-n, --namespace <name>', 'Kubernetes namespace of the plan (default: "default")')
      .option('--by <name>', 'who asks', loginName())
      .addHelpText('before', `Example:\n  ${verb.example}\n`)
      .addHelpText('after', `\n${verb.leaves}\n${proofOf(verb.verb)}`);
    if (verb.verb === 'abort' || verb.verb === 'reject')
      command.requiredOption('--reason <text>', 'why; kept in the audit');
    else command.option('--reason <text>', 'why; kept in the audit');
    command.action((plan: string, ...rest: unknown[]) => {
      const [flags, self] = rest.slice(-2) as [ActFlags, Command];
      return run({ ...verb, percent: verb.weight ? percentOf(String(rest[0])) : undefined }, plan, flags, self);
    });
  }
}

function proofOf(verb: ActionVerb): string {
  return OPEN_VERBS.includes(verb)
    ? 'With SLUICE_ACTOR_KEY set the action is signed; without it the audit says "unverified".'
    : 'Needs SLUICE_ACTOR_KEY, the key of the worker, as a proof of who asks.';
}

function percentOf(text: string): number {
  const percent = /^\d{1,3}%?$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  if (percent >= 1 && percent <= 100) return percent;
  throw new CliError(EXIT.usage, `"${text}" is no weight`, 'Write a whole number from 1 to 100, for example 20');
}

async function run(verb: Verb & { percent?: number }, plan: string, flags: ActFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const name = await planName(plan, flags.namespace);
  const workflowId = workflowIdOf(settings.cluster, name);
  const { withClient } = await import('../../temporal.ts');
  process.exitCode = await withClient(settings, (client) =>
    notFound(settings, name, () => perform(client, settings, openTerminal(settings), verb, workflowId, flags)),
  );
}

async function perform(
  client: Client,
  settings: Settings,
  terminal: Terminal,
  { verb, leaves, percent }: Verb & { percent?: number },
  workflowId: string,
  flags: ActFlags,
): Promise<ExitCode> {
  const [{ act, pinned }, { takeSnapshot }] = await Promise.all([
    import('../../../steering/act.ts'),
    import('../../../steering/snapshot.ts'),
  ]);
  const { status, view } = await takeSnapshot(client, workflowId);
  if (status !== 'running') {
    const how = view?.outcome ? `${view.outcome.kind}: ${view.outcome.reason}` : status;
    throw new CliError(
      EXIT.conflict,
      `nothing to ${verb}: the rollout is over (${how})`,
      'What happened: sluice audit',
    );
  }
  const bare: Action = {
    id: randomUUID(),
    verb,
    actor: { name: flags.by, channel: 'cli' },
    reason: flags.reason,
    ...(percent !== undefined && { weight: percent }),
    ...pinned(verb, view),
  };
  const action = withStatement(bare, process.env.SLUICE_ACTOR_KEY);
  const result = await act(client, workflowId, action, view === undefined);
  if (settings.output !== 'text') printData(terminal, settings, { action: bare, ...result });
  if (result.kind === 'answered') return answered(terminal, settings, result.answer, verb, leaves);
  const what =
    result.kind === 'sent'
      ? `${verb} is sent and stored; no worker confirms it yet.`
      : `${verb} was not taken: no worker answers.`;
  const next =
    result.kind === 'sent'
      ? 'It has its effect as soon as a worker is back.'
      : 'Start a worker and ask again: sluice worker';
  throw new CliError(EXIT.unreachable, what, next);
}

function answered(
  terminal: Terminal,
  settings: Settings,
  { accepted, message }: { accepted: boolean; message: string },
  verb: ActionVerb,
  leaves: string,
): ExitCode {
  if (!accepted)
    throw new CliError(
      EXIT.conflict,
      `${verb} refused: ${message}`,
      'Nothing was changed. See where it stands: sluice get',
    );
  if (settings.output === 'text') terminal.print(clean(message));
  terminal.say(leaves);
  return EXIT.ok;
}
