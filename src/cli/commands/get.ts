import type { Command } from 'commander';
import { viewQuery } from '../../contract/messages.ts';
import { isFinished } from '../../contract/view.ts';
import { takeSnapshot } from '../../steering/snapshot.ts';
import { untold, withUntold } from '../../steering/untold.ts';
import { CliError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { renderRollout } from '../render/index.ts';
import { REPAIR_HINT } from '../render/reconcile.ts';
import { connected, type Session } from '../session.ts';
import { findWorkers } from '../temporal/find-workers.ts';
import { follow } from '../terminal/follow.ts';
import { show } from '../terminal/terminal.ts';
import { orNotFound } from './shared/object-name.ts';
import { addWatchOptions, namespaceOption, type WatchFlags } from './shared/options.ts';
import { planName, rolloutIdOf } from './shared/plan-name.ts';

interface GetFlags extends WatchFlags {
  namespace?: string;
  watch?: boolean;
}

export function addGet(program: Command): void {
  const command = program
    .command('get <plan>')
    .description('show the rollout of a plan; with -w until it ends')
    .addOption(namespaceOption('the plan'))
    .option('-w, --watch', 'follow it; the exit code tells the outcome')
    .addHelpText(
      'before',
      'Examples:\n  sluice get demo/reviews\n  sluice get demo/reviews -w --timeout 30m\n  sluice get reviews.yaml -o json\n',
    );
  addWatchOptions(command).action((plan: string, flags: GetFlags, self: Command) => get(plan, flags, self));
}

async function get(plan: string, flags: GetFlags, self: Command): Promise<void> {
  const name = await planName(plan, flags.namespace);
  await connected(self, (session) =>
    orNotFound(session, 'plan', name, () => {
      const workflowId = rolloutIdOf(session.settings.cluster, name);
      return flags.watch ? follow(session, { ...flags, workflowId }) : showOnce(session, workflowId);
    }),
  );
}

async function showOnce({ client, settings, terminal }: Session, workflowId: string): Promise<ExitCode> {
  const snapshot = await takeSnapshot(client, viewQuery, workflowId);
  const { live, status, trouble } = snapshot;
  if (!snapshot.view) {
    throw new CliError(
      EXIT.unreachable,
      `The rollout is ${status}, but ${trouble ?? 'nobody can tell more'}.`,
      'Nothing is lost: it goes on when a worker is back. Start one with: sluice worker',
    );
  }
  const view = withUntold(snapshot.view, await untold(client, snapshot.view));
  const workers =
    isFinished(view) || terminal.output !== 'text' ? 'unknown' : await findWorkers(client, settings.cluster);
  const picture = { view, live, workers, now: new Date(), watching: false };
  show(terminal, view, () => renderRollout(picture, terminal.look));
  if (status === 'lost')
    terminal.say(`The workflow is gone (${trouble}); no one brings this rollout to its end. ${REPAIR_HINT}`);
  return status === 'lost' ? EXIT.unexpected : EXIT.ok;
}
