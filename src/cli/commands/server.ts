import type { Command } from 'commander';
import type { MetricsAddress } from '../../telemetry/page.ts';
import { CONNECTION_HELP, settingsOf } from '../settings.ts';
import { openTerminal } from '../terminal/terminal.ts';
import { followInstallation, type InstallationFlags, installationOption } from './shared/installation.ts';
import { type PlanSourceFlags, planNamespacesOption } from './shared/plan-source.ts';
import { metricsOption, portValue, refuseActorKey, startFailed, stopSignal } from './shared/process.ts';

interface ServerFlags extends InstallationFlags, PlanSourceFlags {
  port: number;
  healthPort: number;
  host: string;
  metrics?: MetricsAddress;
  trustedProxy?: string[];
  slackAnswerOrigin?: string[];
}

export function addServer(program: Command): void {
  program
    .command('server')
    .description('take deploy events over HTTP and hand them to Temporal')
    .option('--plans <dir>', "directory of plan files (default: the installation's planSources)")
    .addOption(planNamespacesOption())
    .option(
      '--kubeconfig <file>',
      'for plans that are objects (default: KUBECONFIG, ~/.kube/config, then the pod service account)',
    )
    .option('--port <number>', 'port to listen on', portValue, 8090)
    .option('--health-port <number>', 'port of /healthz and /readyz', portValue, 8091)
    .option('--host <address>', 'address to listen on, for both', '127.0.0.1')
    .addOption(metricsOption())
    .option('--trusted-proxy <ranges...>', 'addresses of proxies whose X-Forwarded-For is believed (default: none)')
    .addOption(installationOption())
    .option('--slack-answer-origin <origins...>', "where later answers may go besides Slack's own address")
    .addHelpText(
      'before',
      'Example:\n  sluice server --plans ./plans --plan-namespaces demo --installation sluice.yaml --host 0.0.0.0\n',
    )
    .addHelpText('after', SERVER_ENVIRONMENT)
    .action((flags: ServerFlags, command: Command) => server(flags, command));
}

const SERVER_ENVIRONMENT = `
Environment:
  SLUICE_SLACK_SECRET   signing secret of the Slack app, before what the installation says

${CONNECTION_HELP}`;

async function server(flags: ServerFlags, command: Command): Promise<void> {
  refuseActorKey();
  const settings = settingsOf(command);
  const [{ startServer }, { temporalOf }] = await Promise.all([
    import('../../server/main.ts'),
    import('../temporal/client.ts'),
  ]);
  const stopped = stopSignal();
  const { plans: plansDir, trustedProxy: trustedProxies, slackAnswerOrigin: slackAnswerOrigins } = flags;
  const { planNamespaces, kubeconfig, port, healthPort, host, metrics } = flags;
  const terminal = openTerminal(settings);
  const installation = await followInstallation(flags, terminal);
  const running = await startServer({
    installation,
    ...{ plansDir, planNamespaces, kubeconfig, port, healthPort, host, metrics, trustedProxies, slackAnswerOrigins },
    ...{ temporal: temporalOf(settings), cluster: settings.cluster },
  }).catch(startFailed);
  await stopped;
  terminal.say('Stopping: finishing the requests that run.');
  await running.close();
}
