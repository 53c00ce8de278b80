import type { LogEntry } from '@temporalio/worker';
import { type Command, Option } from 'commander';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { type Settings, settingsOf } from '../settings.ts';
import { openTerminal, type Terminal } from '../terminal/terminal.ts';
import { devSender } from './shared/dev-sender.ts';
import { followInstallation, type InstallationFlags, installationOption } from './shared/installation.ts';
import { loginName } from './shared/options.ts';
import { type PlanSourceFlags, planNamespacesOption, plansOfWorker } from './shared/plan-source.ts';
import { buildIdOption, portValue, startFailed, stopSignal } from './shared/process.ts';
import { workerOptions } from './worker.ts';

interface DevFlags extends InstallationFlags, PlanSourceFlags {
  port: number;
  temporalBin: string;
  stateDir?: string;
  buildId?: string;
}

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('server, worker and a Temporal development server in one process, for the current kubeconfig')
    .option('--plans <dir>', "directory of plan files (default: the installation's planSources, otherwise here)")
    .addOption(planNamespacesOption().default(['*'], '*'))
    .option('--port <number>', 'port for deploy events', portValue, 8090)
    .addOption(new Option('--temporal-bin <file>', 'the Temporal CLI').env('SLUICE_TEMPORAL_BIN').default('temporal'))
    .option('--state-dir <dir>', 'where Temporal keeps its database (default: ~/.local/state/sluice)')
    .option('--kubeconfig <file>', 'default: KUBECONFIG, then ~/.kube/config')
    .addOption(installationOption())
    .addOption(buildIdOption())
    .addHelpText('before', 'Example:\n  sluice dev --plans ./plans\n')
    .addHelpText('after', '\nRollouts outlive it: they are in the state directory, and go on when it is started again.')
    .action((flags: DevFlags, command: Command) => dev(flags, command));
}

type Cleanup = () => Promise<void> | void;

async function dev(flags: DevFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const stopped = stopSignal();
  const cleanups: Cleanup[] = [];
  try {
    await startTemporal(flags, settings, terminal, cleanups);
    await startSluice(flags, settings, terminal, cleanups, stopped);
  } finally {
    // Last started, first stopped: the worker needs Temporal to hand its work back.
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

/** One that answers already is used as it is, and left running. */
async function startTemporal(
  flags: DevFlags,
  settings: Settings,
  terminal: Terminal,
  cleanups: Cleanup[],
): Promise<void> {
  const [{ answers, temporalOf, withClient }, { registerSearchAttributes }, { defaultStateDir, startTemporalServer }] =
    await Promise.all([
      import('../temporal/client.ts'),
      import('../temporal/search-attributes.ts'),
      import('../temporal/development-server.ts'),
    ]);
  const { address, namespace } = temporalOf(settings);
  if (await answers(settings)) {
    terminal.say(`Temporal answers at ${address} already; using it.`);
  } else {
    const { host, port } = localAddress(address);
    const server = await startTemporalServer({
      binary: flags.temporalBin,
      host,
      port,
      namespace,
      stateDir: flags.stateDir ?? defaultStateDir(),
      ready: () => answers(settings),
    });
    cleanups.push(() => server.stop());
    terminal.say(`Temporal   ${address}, its UI ${server.ui}`);
  }
  await withClient(settings, registerSearchAttributes);
}

async function startSluice(
  flags: DevFlags,
  settings: Settings,
  terminal: Terminal,
  cleanups: Cleanup[],
  stopped: Promise<void>,
): Promise<void> {
  const [
    { temporalOf },
    { defaultStateDir },
    { publishAccess, withDevAuthority },
    { startServer },
    { startWorker },
    { noFile },
    { serverLog },
    { DefaultLogger, Runtime },
    { pino },
  ] = await Promise.all([
    import('../temporal/client.ts'),
    import('../temporal/development-server.ts'),
    import('../server/dev-authority.ts'),
    import('../../server/main.ts'),
    import('../../worker/main.ts'),
    import('../../installation/index.ts'),
    import('../../server/log.ts'),
    import('@temporalio/worker'),
    import('pino'),
  ]);
  // Signals are handled here, so that everything ends in order.
  Runtime.install({ logger: new DefaultLogger('WARN', (entry) => sayLog(terminal, entry)), shutdownSignals: [] });
  const { cluster } = settings;
  const temporal = temporalOf(settings);
  const log = serverLog({ level: 'warn' }, pino.destination(2));
  const { sender, file: secretFile } = await devSender(flags.stateDir);
  const stateDir = flags.stateDir ?? defaultStateDir();
  const file = (await followInstallation(flags, terminal, 'any')) ?? noFile('any');
  const { installation, token } = await withDevAuthority(file, stateDir, { you: loginName(), sender });
  const common = { temporal, cluster, log, installation };
  const { planNamespaces, kubeconfig, port } = flags;
  const plansDir = flags.plans ?? (installation?.known.planSources.length ? undefined : '.');
  const server = await startServer({ ...common, plansDir, planNamespaces, kubeconfig, port }).catch(startFailed);
  cleanups.push(() => server.close());
  const url = `http://127.0.0.1:${server.port}`;
  terminal.say(`Events     ${url}/hooks/deploy/${sender.name}, secret in ${secretFile}`);
  if (server.home)
    terminal.say(
      `Pages      ${url}${token ? server.oneTimeLogin(token) : server.home}${token ? ' logs you in, once' : ''}`,
    );
  const { address, namespace } = temporal;
  if (token) cleanups.push(await publishAccess(defaultStateDir(), { url, token, address, namespace, cluster }));
  const plans = await plansOfWorker({ plans: plansDir, planNamespaces, kubeconfig }, installation);
  const worker = await startWorker({ ...workerOptions(settings, temporal, flags), installation, plans }).catch(
    startFailed,
  );
  const working = worker.run();
  let ended = false;
  const over = working.finally(() => {
    ended = true;
  });
  cleanups.push(async () => {
    if (!ended) worker.shutdown();
    await working.catch(() => undefined);
  });
  await takeNewRollouts(settings, flags.buildId);
  terminal.say(`Worker     cluster ${cluster}${flags.buildId ? `, build ${flags.buildId}` : ''}`);
  terminal.say('Ready. Ctrl-C stops everything; rollouts go on when it is started again.');
  await Promise.race([stopped, over]);
  if (!ended) terminal.say(worker.underWay.stopping);
}

/** One process does everything, so new rollouts and upgrading ones come here, whatever was current before. */
async function takeNewRollouts(settings: Settings, buildId: string | undefined): Promise<void> {
  const [{ withClient }, { makeCurrent }] = await Promise.all([
    import('../temporal/client.ts'),
    import('../temporal/current-version.ts'),
  ]);
  await withClient(settings, (client) => makeCurrent(client, buildId));
}

/** One line per message; that activity workers run no workflows is how they are meant to be. */
function sayLog(terminal: Terminal, { level, message, meta }: LogEntry): void {
  if (message.startsWith('No workflows registered')) return;
  const error: unknown = meta?.error;
  terminal.say(`${level.toLowerCase()}: ${message}${error instanceof Error ? `: ${error.message}` : ''}`);
}

const LOCAL = /^(localhost|127\.0\.0\.1):(\d{1,5})$/;

/** A development server is started on this machine only. */
function localAddress(address: string): { host: string; port: number } {
  const [, host, port] = LOCAL.exec(address) ?? [];
  if (!host) {
    throw new CliError(
      EXIT.unreachable,
      `Temporal does not answer at ${address}, and a development server is started on this machine only`,
      'Leave --temporal and TEMPORAL_ADDRESS out, or use localhost:PORT.',
    );
  }
  return { host: '127.0.0.1', port: Number(port) };
}
