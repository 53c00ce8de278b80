import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../plan/duration.ts';
import { EXIT } from '../exit-codes.ts';
import { serverOption } from '../server/find-server.ts';
import { statementFor } from '../server/statement-for.ts';
import { connected } from '../session.ts';
import type { SetUp } from '../temporal/set-up.ts';
import { show } from '../terminal/terminal.ts';

interface SetupFlags {
  /** ms; `off`: no schedule. */
  reconcileEvery?: number | 'off';
  reconcileReportOnly?: boolean;
  namespace?: string[];
  server?: string;
  /** Build id, or `unversioned`. */
  currentVersion?: string;
}

const SHORTEST_MS = 30_000;
/** How long a server's word for the repairs of the schedule is good. */
const REPAIR_MS = 90 * 86_400_000;

export function addSetup(program: Command): void {
  program
    .command('setup')
    .description('prepare a Temporal namespace: search attributes, the reconcile schedule, the current worker version')
    .option(
      '--reconcile-every <duration>',
      'repair lost rollouts of --cluster by a schedule; "off" removes it',
      everyOption,
    )
    .addOption(new Option('--reconcile-report-only', 'the schedule only reports'))
    .option('-n, --namespace <name...>', 'the schedule looks in these Kubernetes namespaces only')
    .addOption(serverOption())
    .option('--current-version <build>', 'build of the workers that new rollouts go to, or "unversioned"')
    .addHelpText(
      'before',
      'Examples:\n  sluice setup --temporal temporal.example.com:7233 --temporal-namespace deploys\n  sluice setup --reconcile-every 5m\n  sluice setup --current-version 1.4.0\n',
    )
    .action(setup);
}

function everyOption(text: string): number | 'off' {
  if (text === 'off') return text;
  const ms = parseDuration(text);
  if (!ms || ms < SHORTEST_MS) throw new InvalidArgumentError('Write a duration from 30s on, for example 5m, or off.');
  return ms;
}

async function setup(flags: SetupFlags, self: Command): Promise<void> {
  await connected(self, async (session) => {
    const { client, settings } = session;
    const { reconcileEvery: every, currentVersion, namespace: namespaces } = flags;
    const repair = !flags.reconcileReportOnly;
    const order = { right: 'repair', what: namespaces ?? ['*'], forMs: REPAIR_MS } as const;
    const statement =
      repair && typeof every === 'number' ? await statementFor(flags.server, settings, order) : undefined;
    const asked = { cluster: settings.cluster, namespaces, repair, statement };
    const reconcile = every === undefined ? undefined : { ...asked, every };
    const { setUp } = await import('../temporal/set-up.ts');
    const done = await setUp(client, { reconcile, currentVersion });
    show(session.terminal, done, () => linesOf(done));
    return done.left[0]?.code ?? EXIT.ok;
  });
}

function linesOf({ added, present, reconcile, currentVersion, left }: SetUp): string[] {
  return [
    added.length > 0 && `registered ${added.join(', ')}`,
    present.length > 0 && `already there: ${present.join(', ')}`,
    reconcile,
    currentVersion,
    ...left.map(({ what, why, remedy }) => `not done: ${what}: ${why}; ${remedy}`),
  ].filter((line) => typeof line === 'string');
}
