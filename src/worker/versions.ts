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
const PINNED_TO = new RegExp(`^${DEPLOYMENT}[:.](.+)$`);
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
  const { namespace } = client.options;
  try {
    const answer = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT });
    return answer.workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId || undefined;
  } catch (error) {
    if ([NOT_FOUND, UNIMPLEMENTED].includes(grpcStatus(error) ?? -1)) return undefined;
    throw error;
  }
}

export interface StrandedRollout {
  workflowId: string;
  buildId: string;
}

/**
 * Open rollouts that are pinned to a build no worker polls for: nothing moves them until one does.
 * @param pollerAgeMs a worker that was not seen for longer is gone
 */
export async function strandedRollouts(client: Client, pollerAgeMs = POLLER_AGE_MS): Promise<StrandedRollout[]> {
  const query =
    "WorkflowType = 'rollout' AND ExecutionStatus = 'Running' AND TemporalWorkflowVersioningBehavior = 'Pinned'";
  const pinned: StrandedRollout[] = [];
  for await (const { workflowId, searchAttributes } of client.workflow.list({ query })) {
    const buildId = PINNED_TO.exec(String(searchAttributes.TemporalWorkerDeploymentVersion?.[0] ?? ''))?.[1];
    if (buildId) pinned.push({ workflowId, buildId });
  }
  if (pinned.length === 0) return [];
  const polled = await polledBuilds(client, pollerAgeMs);
  return pinned.filter(({ buildId }) => !polled.has(buildId));
}

async function polledBuilds(client: Client, pollerAgeMs: number): Promise<Set<string>> {
  const pollers = await pollersOf(client, WORKFLOW_QUEUE, WORKFLOW, { seenWithinMs: pollerAgeMs });
  return new Set(pollers.flatMap(({ deploymentOptions: options }) => options?.buildId ?? []));
}

/** What a worker that starts should tell whoever started it, one sentence each. */
export async function versionNotices(client: Client, { buildId }: Versioning): Promise<string[]> {
  const [current, stranded] = await Promise.all([currentVersion(client), strandedRollouts(client)]);
  const notices = stranded
    .filter((one) => one.buildId !== buildId)
    .map(
      (one) =>
        `${one.workflowId} is pinned to build ${one.buildId}, which no worker has: start one of it, or move the rollout`,
    );
  if (current === buildId) return notices;
  const whose = current === undefined ? 'workers without a build id' : `build ${current}`;
  const remedy = `sluice setup --current-version ${buildId ?? 'unversioned'}`;
  return [...notices, `New rollouts go to ${whose}, not to this worker; to change that: ${remedy}`];
}
