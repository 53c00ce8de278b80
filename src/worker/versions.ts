/**
 * Worker versions (Temporal's worker deployments): one deployment `sluice`, one version per build id. A worker without a build id
 * is not versioned: any such worker takes any rollout, which is what AUTO_UPGRADE means. docs/use/versioning.md says when to use which.
 */
import type { Client } from '@temporalio/client';
import type { VersioningBehavior } from '@temporalio/common';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { WORKFLOW_QUEUE } from '../contract/ids.ts';
import { grpcStatus } from '../temporal/calls.ts';
import { pollersOf, WORKFLOW } from '../temporal/pollers.ts';

/** Name of the worker deployment, the same for all clusters: they share the queue of the workflows. */
const DEPLOYMENT = 'sluice';

/** As Temporal's search attributes write it: `<deployment>:<build id>`. */
const PINNED_TO = /^sluice[:.](.+)$/;
/** A poller is only seen when it begins a long poll of up to a minute. */
const POLLER_AGE_MS = 150_000;
/** Codes of gRPC's `status`; a server before worker deployments does not implement them. */
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

export interface Versioning {
  /** Absent: not versioned. Letters, digits, `.`, `_`, `+` and `-`. */
  buildId?: string;
  /** `pinned`: a rollout stays with the build it began on. Default `auto-upgrade`: it goes on with the current one. */
  behaviour?: 'auto-upgrade' | 'pinned';
}

/** @throws RangeError for pinned without a build id */
export function deploymentOptions({ buildId, behaviour }: Versioning): WorkerDeploymentOptions | undefined {
  if (buildId === undefined) {
    if (behaviour === 'pinned') throw new RangeError('pinned workers need a build id: --build-id ID');
    return undefined;
  }
  const defaultVersioningBehavior: VersioningBehavior = behaviour === 'pinned' ? 'PINNED' : 'AUTO_UPGRADE';
  return { version: { deploymentName: DEPLOYMENT, buildId }, useWorkerVersioning: true, defaultVersioningBehavior };
}

/**
 * From here on new rollouts, and those that upgrade by themselves, go to this build.
 * @param buildId absent: to workers without one
 * @throws ServiceError when Temporal does not know the build yet: start a worker of it first
 */
export async function setCurrentVersion(client: Client, buildId: string | undefined): Promise<void> {
  const { namespace } = client.options;
  await client.workflowService.setWorkerDeploymentCurrentVersion({
    namespace,
    deploymentName: DEPLOYMENT,
    buildId: buildId ?? '',
    // an old build's queue of a cluster that is gone must not hold back the new one
    ignoreMissingTaskQueues: true,
  });
}

/** @returns the current build id; undefined: workers without one, or nobody has ever used versions */
export async function currentVersion(client: Client): Promise<string | undefined> {
  return currentOf(await deployment(client));
}

type Deployment = Awaited<ReturnType<Client['workflowService']['describeWorkerDeployment']>>['workerDeploymentInfo'];

function currentOf(info: Deployment): string | undefined {
  return info?.routingConfig?.currentDeploymentVersion?.buildId || undefined;
}

/** Undefined: nobody has ever used versions. */
async function deployment(client: Client): Promise<Deployment> {
  const { namespace } = client.options;
  try {
    const answer = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT });
    return answer.workerDeploymentInfo;
  } catch (error) {
    if ([NOT_FOUND, UNIMPLEMENTED].includes(grpcStatus(error) ?? -1)) return undefined;
    throw error;
  }
}

/** A build of the workers, as Temporal knows it. */
export interface WorkerBuild {
  build: string;
  /** New rollouts, and those that upgrade, go to it. */
  current: boolean;
  /** Workers that were seen lately. */
  workers: number;
  /** Ids of open workflows that stay with it. */
  pinned: string[];
}

/**
 * Every build that Temporal knows, or that something is pinned to.
 * @param pollerAgeMs a worker that was not seen for longer is gone
 */
export async function buildsOf(client: Client, pollerAgeMs = POLLER_AGE_MS): Promise<WorkerBuild[]> {
  const [info, pollers, pinned] = await Promise.all([
    deployment(client),
    pollersOf(client, WORKFLOW_QUEUE, WORKFLOW, { seenWithinMs: pollerAgeMs }),
    pinnedByBuild(client),
  ]);
  const known = (info?.versionSummaries ?? []).map(({ deploymentVersion: version }) => version?.buildId ?? '');
  const names = new Set([...known, ...pinned.keys()].filter((name) => name !== ''));
  return [...names].sort().map((build) => ({
    build,
    current: currentOf(info) === build,
    workers: pollers.filter(({ deploymentOptions: options }) => options?.buildId === build).length,
    pinned: pinned.get(build) ?? [],
  }));
}

async function pinnedByBuild(client: Client): Promise<Map<string, string[]>> {
  const query = "ExecutionStatus = 'Running' AND TemporalWorkflowVersioningBehavior = 'Pinned'";
  const pinned = new Map<string, string[]>();
  for await (const { workflowId, searchAttributes } of client.workflow.list({ query })) {
    const build = PINNED_TO.exec(String(searchAttributes.TemporalWorkerDeploymentVersion?.[0] ?? ''))?.[1];
    if (build) pinned.set(build, [...(pinned.get(build) ?? []), workflowId]);
  }
  return pinned;
}

/** What a worker that starts should tell whoever started it, one sentence each. */
export async function versionNotices(client: Client, { buildId }: Versioning): Promise<string[]> {
  const builds = await buildsOf(client);
  const notices = builds
    .filter(({ build, workers }) => build !== buildId && workers === 0)
    .flatMap(({ build, pinned }) =>
      pinned.map(
        (id) => `${id} is pinned to build ${build}, which no worker has: start one of it, or move the rollout`,
      ),
    );
  const current = builds.find((one) => one.current)?.build;
  if (current === buildId) return notices;
  const whose = current === undefined ? 'workers without a build id' : `build ${current}`;
  const remedy = `sluice setup --current-version ${buildId ?? 'unversioned'}`;
  return [...notices, `New rollouts go to ${whose}, not to this worker; to change that: ${remedy}`];
}
