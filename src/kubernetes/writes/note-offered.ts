/** `source: canary`: beside the canary's template it is noted what of it was offered, so that its watcher offers nothing twice. */
import type { KubeClient, PatchOperation } from '../client/client.ts';
import { ClusterError } from '../client/errors.ts';
import { annotate, OFFERED } from '../objects/annotations.ts';
import type { Deployment } from '../objects/deployments.ts';
import { formatOffered, offeredOf } from '../objects/mark.ts';
import { deploymentRef, describeRef } from '../objects/refs.ts';
import { retryConflicts } from './conflicts.ts';

/** For the pods of a canary that was found running to be taken away, ms. */
const GONE_MS = 30_000;

/**
 * The first write of an offer.
 * @param canary as it was read
 * @param toZero it runs: its pods are taken away before they could pass for tested ones
 * @throws ClusterError `conflict` when somebody changed its spec since it was read: look again
 */
export async function noteOffered(
  client: KubeClient,
  canary: Deployment,
  mark: string,
  toZero: boolean,
): Promise<void> {
  const { name, namespace = '' } = canary.metadata;
  const ref = deploymentRef(namespace, name);
  const written = await retryConflicts(async (attempt) => {
    const found = attempt === 1 ? canary : await client.get<Deployment>(ref);
    if (!found || !isSame(found, canary)) return undefined;
    const { count, mark: before } = offeredOf(found);
    if (before === mark) return false;
    const operations: PatchOperation[] = [
      { op: 'test', path: '/metadata/resourceVersion', value: found.metadata.resourceVersion },
      ...annotate(found.metadata.annotations, { [OFFERED]: formatOffered({ count: count + 1, mark }) }),
      ...(toZero ? [{ op: 'replace' as const, path: '/spec/replicas', value: 0 }] : []),
    ];
    await client.patch<Deployment>(ref, operations);
    return true;
  }, client.signal);
  if (written === undefined) throw new ClusterError({ verb: 'patch', object: describeRef(ref), reason: 'conflict' });
  if (written && toZero) await untilGone(client, ref);
}

function isSame({ metadata: one }: Deployment, { metadata: other }: Deployment): boolean {
  return one.uid === other.uid && one.generation === other.generation;
}

async function untilGone(client: KubeClient, ref: ReturnType<typeof deploymentRef>): Promise<void> {
  const signals = [AbortSignal.timeout(GONE_MS), ...(client.signal ? [client.signal] : [])];
  for await (const seen of client.follow<Deployment>(ref, AbortSignal.any(signals))) {
    const { metadata, status = {} } = seen ?? {};
    if ((status.observedGeneration ?? 0) >= (metadata?.generation ?? 0) && !status.replicas) return;
  }
}
