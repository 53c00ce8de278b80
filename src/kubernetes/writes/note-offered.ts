/** `source: canary`: beside the canary's template it is noted what of it was offered, so that its watcher offers nothing twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient, PatchOperation } from '../client/client.ts';
import { ClusterError } from '../client/errors.ts';
import { annotate, OFFERED } from '../objects/annotations.ts';
import type { Deployment } from '../objects/deployments.ts';
import { formatOffered, offeredOf } from '../objects/mark.ts';
import { deploymentRef, describeRef } from '../objects/refs.ts';

const ATTEMPTS = 16;
const JITTER_MS = 60;
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
  let found: Deployment | undefined = canary;
  for (let attempt = 1; ; attempt += 1) {
    if (!found || !isSame(found, canary))
      throw new ClusterError({ verb: 'patch', object: describeRef(ref), reason: 'conflict' });
    const { count, mark: before } = offeredOf(found);
    if (before === mark) return;
    const operations: PatchOperation[] = [
      { op: 'test', path: '/metadata/resourceVersion', value: found.metadata.resourceVersion },
      ...annotate(found.metadata.annotations, { [OFFERED]: formatOffered({ count: count + 1, mark }) }),
      ...(toZero ? [{ op: 'replace' as const, path: '/spec/replicas', value: 0 }] : []),
    ];
    try {
      await client.patch<Deployment>(ref, operations);
      return toZero ? await untilGone(client, ref) : undefined;
    } catch (error) {
      if (!(error instanceof ClusterError && error.reason === 'conflict') || attempt === ATTEMPTS) throw error;
      await sleep(Math.random() * JITTER_MS * attempt, undefined, { signal: client.signal });
    }
    found = await client.get<Deployment>(ref);
  }
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
