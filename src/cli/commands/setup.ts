import type { Client } from '@temporalio/client';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ReconcileInput } from '../../contract/reconcile.ts';
import { formatDuration, parseDuration } from '../../plan/duration.ts';
import { EXIT } from '../exit-codes.ts';
import { connected, type Session } from '../session.ts';
import { show } from '../terminal/terminal.ts';
import { planNamespaces } from './shared/plan-namespaces.ts';

interface SetupFlags {
  /** ms; `off`: no schedule. */
  reconcileEvery?: number | 'off';
  reconcileReportOnly?: boolean;
  namespace?: string[];
  plans?: string;
  /** Build id, or `unversioned`. */
  currentVersion?: string;
}

interface SetUp {
  added: string[];
  present: string[];
  reconcile?: string;
  currentVersion?: string;
}

const SHORTEST_MS = 30_000;

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
    .option('--plans <dir>', 'the schedule looks in the namespaces of these plan files')
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
  const namespaces = await planNamespaces(flags);
  await connected(self, async (session) => {
    const done = await prepare(session, flags, namespaces);
    show(session.terminal, done, () => linesOf(done));
    return EXIT.ok;
  });
}

async function prepare({ client, settings }: Session, flags: SetupFlags, namespaces?: string[]): Promise<SetUp> {
  const { registerSearchAttributes } = await import('../temporal/search-attributes.ts');
  const done: SetUp = await registerSearchAttributes(client);
  const { reconcileEvery: every, currentVersion: build } = flags;
  if (every !== undefined) {
    const repair = !flags.reconcileReportOnly;
    done.reconcile = await schedule(client, { cluster: settings.cluster, namespaces, repair }, every);
  }
  if (build !== undefined) {
    const { makeCurrent } = await import('../temporal/current-version.ts');
    const changed = await makeCurrent(client, build === 'unversioned' ? undefined : build);
    done.currentVersion = `current worker version: ${build}${changed === 'unchanged' ? ', as before' : ''}`;
  }
  return done;
}

function linesOf({ added, present, reconcile, currentVersion }: SetUp): string[] {
  return [
    added.length > 0 && `registered ${added.join(', ')}`,
    present.length > 0 && `already there: ${present.join(', ')}`,
    reconcile,
    currentVersion,
  ].filter((line) => typeof line === 'string');
}

async function schedule(client: Client, input: ReconcileInput, every: number | 'off'): Promise<string> {
  const { putReconcileSchedule, removeReconcileSchedule } = await import('../temporal/reconcile-schedule.ts');
  if (every === 'off') {
    const removed = await removeReconcileSchedule(client, input.cluster);
    return removed
      ? `removed the reconcile schedule of ${input.cluster}`
      : `${input.cluster} had no reconcile schedule`;
  }
  const result = await putReconcileSchedule(client, { ...input, everyMs: every });
  return `${result} the reconcile schedule of ${input.cluster}: every ${formatDuration(every)}${input.repair ? '' : ', report only'}`;
}
