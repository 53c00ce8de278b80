/** Waiting until what two Deployments say fulfils a condition. */
import { once } from 'node:events';
import type { LookInput } from '../../contract/activities.ts';
import { type PodCondition, podsFulfil } from '../../contract/world.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { Follower } from '../../kubernetes/client/follower.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { deploymentRef } from '../../kubernetes/objects/refs.ts';
import { seeWorkload } from '../../kubernetes/objects/workload-seen.ts';
import { findSnapshot } from '../../kubernetes/writes/snapshot.ts';

/** Longest sleep between two looks at what was seen, ms. */
const LOOK_MS = 1_000;

/**
 * Resolves when one of `until` holds.
 * @throws ClusterError when a Deployment cannot be read or watched
 * @throws the signal's reason when it aborts
 */
export async function untilFulfilled(
  client: KubeClient,
  input: LookInput,
  until: readonly PodCondition[],
  signal: AbortSignal,
): Promise<void> {
  const { plan, epoch } = input;
  const aborted = once(signal, 'abort');
  const snapshot = await findSnapshot(client, plan, epoch);
  const sides = [...new Set(until.map(({ side }) => side))];
  const followed = sides.map((side) => {
    const ref = deploymentRef(plan.namespace, plan.workload[side]);
    return { side, follower: new Follower(client.follow<Deployment>(ref, signal, () => true)) };
  });
  for (;;) {
    signal.throwIfAborted();
    const fulfilled = (condition: PodCondition) => {
      const { follower } = followed.find(({ side }) => side === condition.side) ?? {};
      const { latest } = follower ?? {};
      return follower?.known && podsFulfil(condition, seeWorkload(latest, condition.side, input, snapshot));
    };
    if (until.some(fulfilled)) return;
    await Promise.race([aborted, ...followed.map(({ follower }) => follower.change(LOOK_MS))]);
  }
}
