import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { isFinished } from '../../contract/view.ts';
import { takeSnapshot } from '../../steering/snapshot.ts';
import { CliError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { renderRollout } from '../render/index.ts';
import { REPAIR_HINT } from '../render/reconcile.ts';
import { type Settings, settingsOf } from '../settings.ts';
import { findWorkers } from '../temporal/find-workers.ts';
import { follow } from '../terminal/follow.ts';
import { openTerminal, printData, type Terminal } from '../terminal/terminal.ts';
import { notFound } from './shared/not-found.ts';
import { planName, workflowIdOf } from './shared/plan-name.ts';
import { addWatchOptions, type WatchFlags } from './shared/watch-options.ts';

interface GetFlags extends WatchFlags {
  namespace?: string;
  watch?: boolean;
}

export function addGet(program: Command): void {
  const command = program
    .command('get <plan>')
    .description('show the rollout of a plan; with -w until it ends')
    .option('-n, --namespace <name>', 'Kubernetes namespace of the plan (default: "default")')
    .option('-w, --watch', 'follow it; the exit code tells the outcome')
    .addHelpText(
      'before',
      'Examples:\n  sluice get demo/reviews\n  sluice get demo/reviews -w --timeout 30m\n  sluice get reviews.yaml -o json\n',
    );
  addWatchOptions(command).action((plan: string, flags: GetFlags, self: Command) => get(plan, flags, self));
}

async function get(plan: string, flags: GetFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const name = await planName(plan, flags.namespace);
  const workflowId = workflowIdOf(settings.cluster, name);
  const { withClient } = await import('../temporal.ts');
  process.exitCode = await withClient(settings, (client) =>
    notFound(settings, name, () => {
      if (!flags.watch) return showOnce(client, settings, terminal, workflowId);
      return follow(client, settings, terminal, {
        workflowId,
        failFast: flags.failFast ?? false,
        timeoutMs: flags.timeout,
      });
    }),
  );
}

async function showOnce(client: Client, settings: Settings, terminal: Terminal, workflowId: string): Promise<ExitCode> {
  const snapshot = await takeSnapshot(client, workflowId);
  const { view, live, status, trouble } = snapshot;
  if (!view) {
    throw new CliError(
      EXIT.unreachable,
      `The rollout is ${status}, but ${trouble ?? 'nobody can tell more'}.`,
      'Nothing is lost: it goes on when a worker is back. Start one with: sluice worker',
    );
  }
  if (settings.output !== 'text') printData(terminal, settings, view);
  else {
    const workers = isFinished(view) ? 'unknown' : await findWorkers(client, settings.cluster);
    const picture = { view, live, workers, now: new Date(), watching: false };
    for (const line of renderRollout(picture, terminal.look)) terminal.print(line);
  }
  if (status === 'lost')
    terminal.say(`The workflow is gone (${trouble}); no one brings this rollout to its end. ${REPAIR_HINT}`);
  return status === 'lost' ? EXIT.unexpected : EXIT.ok;
}
