import { type Command, Option } from 'commander';
import type { MetricsAddress } from '../../telemetry/page.ts';
import type { TemporalConfig } from '../../temporal/config.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { CONNECTION_HELP, type Settings, settingsOf } from '../settings.ts';
import { openTerminal } from '../terminal/terminal.ts';
import { followInstallation, type InstallationFlags, installationOption } from './shared/installation.ts';
import { durationValue, wholeValue } from './shared/options.ts';
import { type PlanSourceFlags, planNamespacesOption, plansOfWorker } from './shared/plan-source.ts';
import { buildIdOption, metricsOption, refuseActorKey, startFailed, stopSignal } from './shared/process.ts';

interface WorkerFlags extends InstallationFlags, PlanSourceFlags {
  buildId?: string;
  versioning?: 'auto-upgrade' | 'pinned';
  maxLoad?: number;
  /** ms, or bare */
  untilIdle?: number | true;
  /** ms */
  atMost?: number;
  metrics?: MetricsAddress;
}

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description('run rollouts: workflows, and activities against one cluster')
    .option('--kubeconfig <file>', 'default: KUBECONFIG, ~/.kube/config, then the pod service account')
    .option(
      '--max-load <requests>',
      'requests per second that load tests may send together, default 1000',
      wholeValue(1),
    )
    .option('--plans <dir>', "its own copies of the plans (default: the installation's planSources)")
    .addOption(planNamespacesOption())
    .addOption(installationOption())
    .addOption(buildIdOption())
    .addOption(
      new Option(
        '--versioning <behaviour>',
        'whether a rollout stays with the build it began on; pinned needs --build-id',
      )
        .choices(['auto-upgrade', 'pinned'])
        .default('auto-upgrade'),
    )
    .option(
      '--until-idle [duration]',
      'leave when nothing was under way for so long (default 10s); the next event needs something that starts a worker',
      durationValue,
    )
    .option(
      '--at-most <duration>',
      'leave after so long also when something is under way: the next worker goes on with it',
      durationValue,
    )
    .addOption(metricsOption())
    .addHelpText('before', 'Example:\n  sluice worker --cluster local --temporal temporal.example.com:7233\n')
    .addHelpText('after', WORKER_ENVIRONMENT)
    .action((flags: WorkerFlags, command: Command) => worker(flags, command));
}

/** Longer than any pause between two steps, ms. */
const UNTIL_IDLE_MS = 10_000;

const WORKER_ENVIRONMENT = `
Environment:
  SLUICE_SMTP_URL    smtp://host:port or smtps://user:password@host, always with TLS unless the operator adds
                     ?requireTLS=false; without it no mail is sent
  SLUICE_MAIL_FROM   sender address of mail

${CONNECTION_HELP}`;

/** Settings of a worker, with its secrets from the environment. */
export function workerOptions(
  settings: Settings,
  temporal: TemporalConfig,
  { kubeconfig, buildId, versioning, maxLoad, untilIdle, atMost, metrics }: WorkerFlags,
) {
  if (versioning === 'pinned' && buildId === undefined) {
    throw new CliError(
      EXIT.usage,
      'pinned workers need a build id',
      'Give one with --build-id, for example the image tag.',
    );
  }
  refuseActorKey();
  const { SLUICE_SMTP_URL, SLUICE_MAIL_FROM } = process.env;
  return {
    temporal,
    cluster: settings.cluster,
    kubeconfig,
    maxLoad,
    metrics,
    smtpUrl: SLUICE_SMTP_URL,
    mailFrom: SLUICE_MAIL_FROM,
    versioning: { buildId, behaviour: versioning },
    leaving: { untilIdleMs: untilIdle === true ? UNTIL_IDLE_MS : untilIdle, atMostMs: atMost },
  };
}

async function worker(flags: WorkerFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { startWorker } = await import('../../worker/main.ts');
  const [{ Runtime }, { workerLog }] = await Promise.all([import('@temporalio/worker'), import('../../worker/log.ts')]);
  const { reachable, temporalOf } = await import('../temporal/client.ts');
  const temporal = temporalOf(settings);
  const terminal = openTerminal(settings);
  const own = workerOptions(settings, temporal, flags);
  const installation = await followInstallation(flags, terminal);
  const options = { ...own, installation, plans: await plansOfWorker(flags, installation).catch(startFailed) };
  await reachable(settings);
  Runtime.install({ logger: workerLog() });
  const running = await startWorker(options).catch(startFailed);
  const build = flags.buildId ? `, build ${flags.buildId} (${flags.versioning})` : '';
  terminal.say(
    `Worker for cluster ${settings.cluster} at Temporal ${temporal.address}${build}. Ctrl-C stops it; rollouts wait for the next one.`,
  );
  for (const notice of running.notices) terminal.say(`Note: ${notice}`);
  // the SDK's runtime takes the signals too, and lets activities finish
  void stopSignal().then(() => terminal.say(running.underWay.stopping));
  await running.run((sentence) => terminal.say(sentence));
  terminal.say(running.underWay.stopped);
}
