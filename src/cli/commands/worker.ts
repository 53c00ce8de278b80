import { type Command, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { type Settings, settingsOf } from '../settings.ts';
import { openTerminal } from '../terminal/terminal.ts';

interface ServerFlags {
  plans: string;
  port: number;
  host: string;
  slackPeople?: string;
  slackAnswerOrigin?: string[];
}

interface WorkerFlags {
  kubeconfig?: string;
  buildId?: string;
  versioning?: 'auto-upgrade' | 'pinned';
}

/** `server` and `worker`: what runs in production, each as often as wanted. */
export function addProcesses(program: Command): void {
  program
    .command('server')
    .description('take deploy events over HTTP and hand them to Temporal')
    .requiredOption('--plans <dir>', 'directory of plan files')
    .option('--port <number>', 'port to listen on', portOption, 8090)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--slack-people <file>', 'who may use slash commands, see docs/slack.md (default: nobody)')
    .option('--slack-answer-origin <origins...>', "where later answers may go besides Slack's own address")
    .addHelpText('before', 'Example:\n  SLUICE_WEBHOOK_SECRETS=whsec_… sluice server --plans ./plans --host 0.0.0.0\n')
    .addHelpText('after', SERVER_ENVIRONMENT)
    .action((flags: ServerFlags, command: Command) => server(flags, command));
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

const SERVER_ENVIRONMENT = `
Environment:
  SLUICE_WEBHOOK_SECRETS   secrets of the senders of deploy events, separated by commas
  SLUICE_SLACK_SECRET      signing secret of the Slack app, for slash commands
  SLUICE_ACTOR_KEY         key of actor statements, the workers' own, for slash commands`;

const WORKER_ENVIRONMENT = `
Environment:
  SLUICE_SMTP_URL    smtp://host:port or smtps://user:password@host; without it no mail is sent
  SLUICE_MAIL_FROM   sender address of mail
  SLUICE_ACTOR_KEY   key of actor statements; without it every actor is shown as unverified`;

/** A worker with one is versioned, see docs/versioning.md. */
export function buildIdOption(): Option {
  return new Option('--build-id <id>', 'version of this worker for Temporal (default: not versioned)').argParser(
    (text: string) => {
      if (/^[\w.+-]{1,200}$/.test(text)) return text;
      throw new InvalidArgumentError('Write letters, digits, dots, underscores, plus and minus signs.');
    },
  );
}

export function portOption(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('Write a port from 0 to 65535.');
  return port;
}

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

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = () => {
      if (asked) process.exit(EXIT.interrupted);
      asked = true;
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

async function server(flags: ServerFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { startServer } = await import('../../server/main.ts');
  const { temporalAddress, temporalNamespace, cluster } = settings;
  const stopped = stopSignal();
  const { plans: plansDir, port, host, slackPeople, slackAnswerOrigin: slackAnswerOrigins } = flags;
  const running = await startServer({
    ...{ plansDir, port, host, slackPeople, slackAnswerOrigins },
    ...{ temporalAddress, temporalNamespace, cluster },
  }).catch(startFailed);
  await stopped;
  openTerminal(settings).say('Stopping: finishing the requests that run.');
  await running.close();
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

/** What keeps a process from starting is nearly always a setting. */
export function startFailed(error: unknown): never {
  throw new CliError(EXIT.unexpected, error instanceof Error ? error.message : String(error));
}
