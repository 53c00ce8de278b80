/** Looks through namespaces for what is not at rest: the cluster's half of `sluice reconcile`. Reads only. */

import type { Leftover } from '../../contract/reconcile.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { latestSnapshots, type RolloutSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { epochOf, leftBehind, readRemains } from './left-behind.ts';

/** One namespace or plan that cannot be read does not hide the others. @throws ClusterError that another try may mend */
export async function findLeftovers(client: KubeClient, namespaces: string[]) {
  const leftovers: Leftover[] = [];
  const problems: string[] = [];
  for (const namespace of namespaces) {
    await noting(problems, namespace, async () => {
      for (const snapshot of await latestSnapshots(client, namespace)) {
        await noting(problems, `${namespace}/${snapshot.plan.name}`, async () => {
          const left = await leftoverOf(client, snapshot);
          if (left) leftovers.push(left);
        });
      }
    });
  }
  return { leftovers, problems };
}

async function leftoverOf(client: KubeClient, snapshot: RolloutSnapshot): Promise<Leftover | undefined> {
  const { plan } = snapshot;
  const remains = await readRemains(client, plan);
  const left = leftBehind(snapshot, remains);
  if (!left) return undefined;
  return { plan, rollout: left.rollout, epoch: epochOf(plan, remains, [snapshot.epoch]), sentences: left.sentences };
}

async function noting(problems: string[], where: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ClusterError) || error.retryable) throw error;
    problems.push(`${where}: ${error.message}`);
  }
}
