/** Builds of the workers: which take new rollouts, and what still holds an old one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { plural } from '../../contract/words.ts';
import type { WorkerBuild } from '../../worker/versions.ts';
import { CliError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { connected, type Session } from '../session.ts';
import { interruptible } from '../terminal/interruptible.ts';
import { show, showRows } from '../terminal/terminal.ts';
import { buildId } from './shared/process.ts';

const LOOK_AGAIN_MS = 2_000;
/** Named one by one. */
const MOST_NAMED = 5;

export function addWorkers(program: Command): void {
  program
    .command('workers')
    .description('builds of the workers, and the rollouts and mirrors that are pinned to each')
    .option('--drain <build>', 'wait until nothing is pinned to this build; its workers may stop then', buildId)
    .addHelpText(
      'before',
      'Examples:\n  sluice workers\n  sluice workers --drain 1.3.0 && kubectl delete deployment sluice-worker-1-3-0\n',
    )
    .addHelpText(
      'after',
      '\nOnly builds with --versioning pinned hold rollouts; the others may be stopped at any time. See docs/use/versioning.md.',
    )
    .action(({ drain }: { drain?: string }, self: Command) =>
      connected(self, (session) => (drain === undefined ? list(session) : waitFor(session, drain))),
    );
}

async function list({ client, terminal }: Session): Promise<ExitCode> {
  const builds = await read(client);
  showRows(terminal, builds, () => builds.map(lineOf));
  if (builds.length === 0) terminal.say('No worker has a build id: any worker takes any rollout.');
  return EXIT.ok;
}

async function read(client: Client): Promise<WorkerBuild[]> {
  const { buildsOf } = await import('../../worker/versions.ts');
  return buildsOf(client);
}

function lineOf({ build, current, workers, pinned }: WorkerBuild): string {
  return `${build}: ${plural(workers, 'worker')}${current ? ', takes new rollouts' : ''}; pinned to it: ${pinnedText(pinned)}`;
}

function pinnedText(pinned: readonly string[]): string {
  const more = pinned.length - MOST_NAMED;
  return [...pinned.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ') || 'nothing';
}

/** Says what it waits for whenever that changes. */
async function waitFor({ client, terminal }: Session, build: string): Promise<ExitCode> {
  let said = '';
  const last = await interruptible(async (signal) => {
    for (;;) {
      const found = await drainable(client, build);
      const waits = `Build ${build}: ${plural(found.pinned.length, 'workflow')} open and pinned to it: ${pinnedText(found.pinned)}`;
      if (found.pinned.length === 0 || signal.aborted) return found;
      if (waits !== said) terminal.say(waits);
      said = waits;
      await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  });
  const drained = last.pinned.length === 0;
  show(terminal, { ...last, drained }, () => [
    drained
      ? `Build ${build} is drained: its workers may stop.`
      : `Stopped waiting: ${plural(last.pinned.length, 'workflow')} still pinned to build ${build}.`,
  ]);
  return drained ? EXIT.ok : EXIT.interrupted;
}

/** @throws CliError for a build that nobody knows, or that new rollouts still go to */
async function drainable(client: Client, build: string): Promise<WorkerBuild> {
  const builds = await read(client);
  const found = builds.find((one) => one.build === build);
  if (!found) {
    const known = builds.map((one) => one.build).join(', ') || 'none';
    throw new CliError(EXIT.notFound, `Temporal knows no build ${build}`, `It knows: ${known}.`);
  }
  if (!found.current) return found;
  throw new CliError(
    EXIT.conflict,
    `new rollouts go to build ${build}, so it never ends`,
    'Let another one take them first: sluice setup --current-version BUILD',
  );
}
