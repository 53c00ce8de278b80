/** The worker process: runs workflows and activities, holds nothing. */
import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { clusterActivities, controlActivities, newestRun, waitActivities } from '../activities/index.ts';
import { LoadTurns } from '../activities/support/load-turns.ts';
import { clusterQueue, WORKFLOW_QUEUE, waitQueue } from '../contract/ids.ts';
import { LONGEST_STOP_MS, REQUEST_MS } from '../contract/time-limits.ts';
import { type InstallationFile, metricSources, noFile, type PlanSource, revisionKeys } from '../installation/index.ts';
import { connect } from '../kubernetes/index.ts';
import { type MetricsAddress, serveMetrics } from '../telemetry/page.ts';
import { WorkerMetrics } from '../telemetry/worker-metrics.ts';
import { type TemporalConfig, temporalConfig } from '../temporal/config.ts';
import { connectTemporal } from '../temporal/connect.ts';
import { auditExports } from './audits.ts';
import { workflowBundle } from './bundle.ts';
import { type Leaving, leaves, timeToLeave } from './leaving.ts';
import { buildOf, ownMaker } from './maker.ts';
import { clusterIdentity } from './one-cluster.ts';
import { UnderWay } from './under-way.ts';
import { deploymentOptions, type Versioning, versionNotices } from './versions.ts';

/** More than rollouts that a worker could serve. */
const WAITS = 100_000;

export interface WorkerProcessOptions {
  /** Default: what environment and profile say. */
  temporal?: TemporalConfig;
  /** Name of the cluster that this worker serves, default `local`. */
  cluster?: string;
  /** Path of a kubeconfig; absent: the usual places, then the pod's service account. */
  kubeconfig?: string;
  /** `smtp://host:port` or `smtps://user:password@host`; absent: mail is not sent. */
  smtpUrl?: string;
  /** Sender address of mail. */
  mailFrom?: string;
  /** Requests per second that load tests may send together. Default 1 000. */
  maxLoad?: number;
  /** Default: there is none, and plans bring the addresses of Prometheus themselves; nobody is proven then. */
  installation?: InstallationFile;
  /** Its own copies of plans. Default: none, and no proven offer by a plan of a source begins. */
  plans?: PlanSource;
  /** Default: not versioned. */
  versioning?: Versioning;
  /** When it leaves by itself. Default: never. One that does keeps no workflow in memory, as nobody would find it there. */
  leaving?: Leaving;
  /** Where `/metrics` is answered. Default: nowhere. */
  metrics?: MetricsAddress;
}

export interface RunningWorker {
  /** What whoever started it should know, one sentence each; a Temporal that cannot say is silent. */
  notices: string[];
  metricsPort: number | undefined;
  /** Resolves after `shutdown` or when it has left, rejects when the worker fails. @param told what it says when it leaves */
  run(told?: (sentence: string) => void): Promise<void>;
  /** What it still waits for when it is stopped. */
  underWay: UnderWay;
  /** Lets running activities finish for 20 s, or one when it leaves by itself; then they are asked to end, for 30 s at most. */
  shutdown(): void;
}

/** @throws when Temporal or the kubeconfig cannot be reached, or a revision key cannot be read; SettingError when another cluster has the name */
export async function startWorker(options: WorkerProcessOptions = {}): Promise<RunningWorker> {
  const { temporal = temporalConfig(), cluster = 'local', versioning = {}, leaving = {} } = options;
  const { namespace } = temporal;
  const kube = connect({ kubeconfig: options.kubeconfig, requestTimeoutMs: REQUEST_MS });
  const native = await NativeConnection.connect(temporal.options);
  const connection = await connectTemporal(temporal);
  const client = new Client({ connection, namespace });
  const workerDeploymentOptions = deploymentOptions(versioning);
  const turns = new LoadTurns(options.maxLoad);
  const underWay = new UnderWay(LONGEST_STOP_MS);
  const telemetry = new WorkerMetrics(() => workers.some(isDraining));
  const installation = options.installation ?? noFile();
  const prometheus = metricSources(installation);
  const keys = revisionKeys(installation);
  await keys();
  const identity = await clusterIdentity(kube, client, cluster);
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    connection: native,
    namespace,
    // nobody else is there yet: what waits is handed back at once
    shutdownGraceTime: leaves(leaving) ? '1s' : '20s',
    shutdownForceTime: LONGEST_STOP_MS,
    interceptors: { activity: [underWay.interceptor, telemetry.interceptor] },
    maxHeartbeatThrottleInterval: '1s',
    // an abort must not wait long for a worker that died or froze
    stickyQueueScheduleToStartTimeout: '2s',
    ...(leaves(leaving) && { maxCachedWorkflows: 0 }),
    ...(identity && { identity }),
    // every workflow task notes it, so that the audit knows whose decisions it shows
    ...(workerDeploymentOptions ? { workerDeploymentOptions } : { buildId: buildOf(await ownMaker()) }),
  };
  const control = controlActivities({ ...options, temporal: client });
  const { exportAudits, soon } = auditExports(client, installation);
  const handOverNews: typeof control.handOverNews = async (news) => {
    await control.handOverNews(news);
    if (news.ended) soon(news.view.cluster);
  };
  const workers: readonly Worker[] = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: WORKFLOW_QUEUE,
      workflowBundle: { codePath: await workflowBundle() },
      activities: { ...control, handOverNews, exportAudits },
    }),
    Worker.create({
      ...common,
      taskQueue: clusterQueue(cluster),
      activities: clusterActivities(kube, turns, prometheus, keys, {
        installation,
        plans: options.plans,
        newest: newestRun(client),
      }),
    }),
    Worker.create({
      ...common,
      taskQueue: waitQueue(cluster),
      activities: waitActivities(kube, turns, prometheus, installation),
      // waiting costs next to nothing, and must never keep an abort's wait from beginning
      maxConcurrentActivityTaskExecutions: WAITS,
    }),
  ]);
  const shutdown = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const isBusy = () => workers.some((worker) => worker.getStatus().numInFlightWorkflowActivations > 0);
  const page = options.metrics && (await serveMetrics(telemetry, options.metrics));
  return {
    underWay,
    metricsPort: page?.port,
    notices: await versionNotices(client, versioning).catch(() => []),
    run: async (told) => {
      const ended = new AbortController();
      const left = timeToLeave(leaving, underWay, { isBusy, signal: ended.signal });
      void left.then((sentence) => [told?.(sentence), shutdown()]).catch(() => undefined);
      await Promise.all(workers.map((worker) => worker.run())).finally(() => ended.abort());
      await Promise.all([native.close(), connection.close(), page?.close()]);
    },
    shutdown,
  };
}

function isDraining(worker: Worker): boolean {
  return !['INITIALIZED', 'RUNNING'].includes(worker.getState());
}
