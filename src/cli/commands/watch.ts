import { type Command, InvalidArgumentError } from 'commander';
import { CONNECTION_HELP, settingsOf } from '../settings.ts';
import { openTerminal } from '../terminal/terminal.ts';
import { followInstallation, type InstallationFlags, installationOption } from './shared/installation.ts';
import { type PlanSourceFlags, planNamespacesOption } from './shared/plan-source.ts';
import { startFailed, stopSignal } from './shared/process.ts';

interface WatcherFlags extends InstallationFlags, PlanSourceFlags {
  lease?: string;
}

export function addWatch(program: Command): void {
  program
    .command('watch')
    .description('watch the canaries of plans with source: canary, and offer what changes in them')
    .option('--plans <dir>', "directory of plan files (default: the installation's planSources)")
    .addOption(planNamespacesOption())
    .option('--kubeconfig <file>', 'default: KUBECONFIG, ~/.kube/config, then the pod service account')
    .option(
      '--lease <namespace/name>',
      'Lease by which one of several watches (default: this is the only one)',
      leaseValue,
    )
    .addOption(installationOption())
    .addHelpText('before', 'Example:\n  sluice watch --installation sluice.yaml --lease sluice/sluice-watcher\n')
    .addHelpText('after', `\n${CONNECTION_HELP}`)
    .action((flags: WatcherFlags, command: Command) => watch(flags, command));
}

function leaseValue(text: string): string {
  if (/^[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253}$/.test(text)) return text;
  throw new InvalidArgumentError('Write NAMESPACE/NAME, for example sluice/sluice-watcher.');
}

async function watch(flags: WatcherFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const [{ runWatcher }, { reachable, temporalOf }] = await Promise.all([
    import('../../watcher/index.ts'),
    import('../temporal/client.ts'),
  ]);
  const terminal = openTerminal(settings);
  const { plans: plansDir, planNamespaces, kubeconfig, lease } = flags;
  const installation = await followInstallation(flags, terminal);
  const [temporal, { cluster }] = [temporalOf(settings), settings];
  await reachable(settings);
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const options = { plansDir, planNamespaces, kubeconfig, lease, installation, temporal, cluster };
  await runWatcher(options, stop.signal).catch(startFailed);
}
