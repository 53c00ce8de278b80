import { type Command, Option } from 'commander';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { type Settings, settingsOf } from '../settings.ts';
import { openTerminal } from '../terminal/terminal.ts';
import { buildIdOption, startFailed } from './shared/process.ts';

interface WorkerFlags {
  kubeconfig?: string;
  buildId?: string;
  versioning?: 'auto-upgrade' | 'pinned';
}

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description('run rollouts: workflows, and activities against one cluster')
    .option('--kubeconfig <file>', 'default: KUBECONFIG, ~/.kube/config, then the pod service account')
    .addOption(buildIdOption())
    .addOption(
      new Option(
        '--versioning <behaviour>',
        'whether a rollout stays with the build it began on; pinned needs --build-id',
      )
        .choices(['auto-upgrade', 'pinned'])
        .default('auto-upgrade'),
    )
    .addHelpText('before', 'Example:\n  sluice worker --cluster local --temporal temporal.example.com:7233\n')
    .addHelpText('after', WORKER_ENVIRONMENT)
    .action((flags: WorkerFlags, command: Command) => worker(flags, command));
}

const WORKER_ENVIRONMENT = `
Environment:
  SLUICE_SMTP_URL    smtp://host:port or smtps://user:password@host; without it no mail is sent
  SLUICE_MAIL_FROM   sender address of mail
  SLUICE_ACTOR_KEY   key of actor statements; without it every actor is shown as unverified`;

/** Settings of a worker, with its secrets from the environment. */
export function workerOptions(settings: Settings, { kubeconfig, buildId, versioning }: WorkerFlags) {
  if (versioning === 'pinned' && buildId === undefined) {
    throw new CliError(
      EXIT.usage,
      'pinned workers need a build id',
      'Give one with --build-id, for example the image tag.',
    );
  }
  const { SLUICE_SMTP_URL, SLUICE_MAIL_FROM, SLUICE_ACTOR_KEY } = process.env;
  const { temporalAddress, temporalNamespace, cluster } = settings;
  return {
    temporalAddress,
    temporalNamespace,
    cluster,
    kubeconfig,
    smtpUrl: SLUICE_SMTP_URL,
    mailFrom: SLUICE_MAIL_FROM,
    actorKey: SLUICE_ACTOR_KEY,
    versioning: { buildId, behaviour: versioning },
  };
}

async function worker(flags: WorkerFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { startWorker } = await import('../../worker/main.ts');
  const { reachable } = await import('../temporal.ts');
  await reachable(settings);
  // The SDK's runtime takes SIGINT and SIGTERM itself and lets activities finish.
  const running = await startWorker(workerOptions(settings, flags)).catch(startFailed);
  const terminal = openTerminal(settings);
  const build = flags.buildId ? `, build ${flags.buildId} (${flags.versioning})` : '';
  terminal.say(
    `Worker for cluster ${settings.cluster} at Temporal ${settings.temporalAddress}${build}. Ctrl-C stops it; rollouts wait for the next one.`,
  );
  for (const notice of running.notices) terminal.say(`Note: ${notice}`);
  await running.run();
}
