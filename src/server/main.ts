/** The server process on Node: start and graceful end. */
import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { readKey, tokenHash } from '../authority/index.ts';
import {
  type Installation,
  type InstallationFile,
  noFile,
  onlySource,
  readSecret,
  watchPlans,
} from '../installation/index.ts';
import { keysOf } from '../intake/index.ts';
import { type MetricsAddress, serveMetrics } from '../telemetry/page.ts';
import { type AnsweredRequest, ServerMetrics } from '../telemetry/server-metrics.ts';
import { readStanding } from '../telemetry/standing.ts';
import { type TemporalConfig, temporalConfig } from '../temporal/config.ts';
import { connectTemporal, lazyTemporal } from '../temporal/connect.ts';
import type { ConnectionError } from '../temporal/error.ts';
import { createApp } from './app.ts';
import { type Extensions, extensionHost, loadExtensions } from './extensions.ts';
import { healthApp } from './health.ts';
import { type HttpListener, listen } from './listener.ts';
import { LiveStreams } from './live/live.ts';
import { serverLog } from './log.ts';
import { OneTimeLogins } from './login/once.ts';
import type { Senders } from './prove-sender.ts';
import { openSocket, type SlackOptions } from './slack/index.ts';
import { TrustedProxies } from './trusted-proxies.ts';

export interface ServerOptions {
  /** Directory of plan files; absent: the installation's plan sources. */
  plansDir?: string;
  /** Namespaces that its plans may name, see `planSources` of the installation; needed with it. */
  planNamespaces?: readonly string[];
  /** Path of a kubeconfig, for plans that are objects; absent: the usual places, then the pod's service account. */
  kubeconfig?: string;
  /** Default 8090; 0 takes a free one. */
  port?: number;
  /** Where `/healthz` and `/readyz` are answered; 0 takes a free one. Default: nowhere. */
  healthPort?: number;
  /** Address to listen on, for both. Default 127.0.0.1. */
  host?: string;
  /** Where `/metrics` is answered. Default: nowhere. */
  metrics?: MetricsAddress;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` says who the client is. Default none. */
  trustedProxies?: readonly string[];
  /** Default: what environment and profile say. */
  temporal?: TemporalConfig;
  /** Default `local`. */
  cluster?: string;
  /** Signing secret of the Slack app. Default: SLUICE_SLACK_SECRET; without one there are no slash commands. */
  slackSecret?: string;
  /** Origins besides Slack's that later answers may go to. Default none. */
  slackAnswerOrigins?: readonly string[];
  /** Default: there is none, and plans bring the addresses of Prometheus themselves. */
  installation?: InstallationFile;
  log?: Logger;
}

export interface RunningServer {
  port: number;
  healthPort: number | undefined;
  metricsPort: number | undefined;
  /** Of the extensions, `/` for example; absent: none of them has pages. */
  home: string | undefined;
  /** @param token an API token  @returns a path that logs its person in, once and within five minutes */
  oneTimeLogin(token: string): string;
  /** Stops taking requests, ends streams, finishes what else runs (up to 10 s), closes the connection to Temporal. */
  close(): Promise<void>;
}

/** A server without a port: one fetch handler, for Node's listener, a function or an edge. */
export interface OpenServer {
  fetch(request: Request): Response | Promise<Response>;
  /** Ends streams and the connection to Temporal. */
  close(): Promise<void>;
}

type OpenOptions = Omit<ServerOptions, 'port' | 'healthPort' | 'metrics' | 'host'>;

/** @throws when nobody may send, a secret is missing or malformed, or plans, extensions or Temporal's settings cannot be used */
export async function openServer(options: OpenOptions): Promise<OpenServer> {
  const { fetch, endStreams, disconnect } = await opened(options);
  return { fetch, close: () => endStreams().then(disconnect) };
}

async function opened(options: OpenOptions) {
  const { plansDir, cluster = 'local', temporal = temporalConfig(), log = serverLog() } = options;
  const { installation = noFile() } = options;
  const proxies = new TrustedProxies(options.trustedProxies ?? []);
  const senders = () => sendersOf(installation);
  await checkSenders(await senders());
  const slack = await slackOptions(options, installation.known);
  const only = onlySource(plansDir, options.planNamespaces, installation.known);
  const plans = watchPlans(log, installation, only, options.kubeconfig);
  await plans.current();
  // Lazy: events are refused with 503 until Temporal answers, and /readyz says so.
  const connection = lazyTemporal(temporal);
  const client = new Client({ connection, namespace: temporal.namespace });
  const { kubeconfig } = options;
  const deps = { plans, senders, temporal: client, cluster, log, slack, installation, proxies, kubeconfig };
  // a look that fails is made again by the next scrape: no call of it outlives the connection
  const looking = Connection.lazy({ ...temporal.options, interceptors: [] });
  const looks = new Client({ connection: looking, namespace: temporal.namespace });
  const telemetry = new ServerMetrics(() => readStanding(looks, cluster));
  const live = new LiveStreams(client);
  const once = new OneTimeLogins();
  let extensions: Extensions | undefined;
  const count = (request: AnsweredRequest) => telemetry.count(request);
  const app = createApp({ ...deps, live, once, extensions: () => extensions, count });
  const host = extensionHost(() => app, cluster, installation);
  extensions = await loadExtensions(installation.known.extensions, host);
  const endStreams = async () => {
    live.close();
    await extensions?.close();
  };
  return {
    fetch: (request: Request) => app.fetch(request),
    disconnect: async () => void (await Promise.all([connection.close(), looking.close()])),
    endStreams,
    home: extensions.home,
    oneTimeLogin: (token: string) => once.make(tokenHash(token)),
    app,
    client,
    telemetry,
    log,
    proxies,
    // a connection that stands is for a server that stands
    openSocket: () => (slack?.appToken ? openSocket({ ...deps, slack }, slack.appToken, slack.address) : undefined),
  };
}

/** @throws as `openServer`, and when a port is taken */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', cluster = 'local', temporal = temporalConfig() } = options;
  const { app, client, telemetry, log, proxies, home, oneTimeLogin, openSocket, endStreams, disconnect } = await opened(
    { ...options, temporal },
  );
  const endSocket = openSocket();
  const listeners: HttpListener[] = [];
  const close = async () => {
    const closing = listeners.map((listener) => listener.close());
    // they would hold their connections for as long as they may
    await endStreams();
    await Promise.all(closing);
    await endSocket?.();
    await disconnect();
  };
  try {
    listeners.push(await listen(app, { port: options.port ?? 8090, host, proxies }));
    if (options.healthPort !== undefined)
      listeners.push(await listen(healthApp(client), { port: options.healthPort, host }));
    const [port = 0, healthPort] = listeners.map((listener) => listener.port);
    const metrics = options.metrics && (await serveMetrics(telemetry, options.metrics));
    if (metrics) listeners.push(metrics);
    log.info({ host, port, healthPort, metrics: metrics?.port, cluster }, 'listening');
    tryTemporal(temporal, log);
    return { port, healthPort, metricsPort: metrics?.port, home, oneTimeLogin, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Says in the log why Temporal cannot be used; gRPC alone would only wait. */
async function tryTemporal(temporal: TemporalConfig, log: Logger): Promise<void> {
  try {
    await (await connectTemporal(temporal)).close();
  } catch (error) {
    const { message, hint } = error as ConnectionError;
    log.warn({ hint }, message);
  }
}

/** @throws Error when the server's key cannot be used; RangeError when slash commands are wanted without one */
async function slackOptions(
  options: ServerOptions,
  { key, dir = '.', slack: { signingSecret, appToken: token, address } = {} }: Installation,
): Promise<SlackOptions | undefined> {
  const { slackSecret = process.env.SLUICE_SLACK_SECRET, slackAnswerOrigins: answerOrigins } = options;
  const secret = slackSecret ?? (signingSecret && (await readSecret(signingSecret, dir)));
  const appToken = token && (await readSecret(token, dir));
  if (key) readKey(await readSecret(key, dir));
  else if (secret || appToken)
    throw new RangeError('Slack needs key: in the installation, to vouch for people; sluice key init makes one');
  return secret || appToken ? { signingSecret: secret, appToken, address, answerOrigins } : undefined;
}

async function sendersOf(installation: InstallationFile): Promise<Senders> {
  const { senders, dir = '.' } = await installation.current();
  return { senders, dir };
}

/** @throws RangeError when nobody could send, or a secret cannot be used */
async function checkSenders({ senders, dir }: Senders): Promise<void> {
  if (process.env.SLUICE_WEBHOOK_SECRETS)
    throw new RangeError(
      'SLUICE_WEBHOOK_SECRETS is not read any more: name its secrets in sluice.yaml, as senders: [{ name: webhook, plans: [demo/*], signature: { preset: standard-webhooks, secrets: [{ env: NAME_OF_A_VARIABLE }] } }]',
    );
  if (senders.length === 0) throw new RangeError('nobody may send deploy events: write senders in sluice.yaml');
  await Promise.all(senders.map((sender) => keysOf(sender, dir)));
}
