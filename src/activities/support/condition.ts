/** Waiting until what two Deployments say fulfils a condition. One watch for each that is asked about. */
import { once } from 'node:events';
import type { LookInput, Side } from '../../contract/activities.ts';
import { type PodCondition, podsFulfil } from '../../contract/world.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { Follower } from '../../kubernetes/client/follower.ts';
import { type Deployment, getDeployment } from '../../kubernetes/objects/deployments.ts';
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
  const watched = await Promise.all(sides.map((side) => Watched.begin(client, input, side, signal)));
  for (;;) {
    signal.throwIfAborted();
    const see = (side: Side) =>
      seeWorkload(watched.find((one) => one.side === side)?.deployment, side, input, snapshot);
    if (until.some((condition) => podsFulfil(condition, see(condition.side)))) return;
    await Promise.race([aborted, ...watched.map((one) => one.change(LOOK_MS))]);
  }
}

class Watched {
  readonly side: Side;
  readonly #follower: Follower<Deployment>;
  /** As read at the start: a watch says nothing of what does not exist. */
  #read: Deployment | undefined;

  static async begin(client: KubeClient, { plan }: LookInput, side: Side, signal: AbortSignal) {
    const ref = deploymentRef(plan.namespace, plan.workload[side]);
    const { name, ...collection } = ref;
    const read = await getDeployment(client, plan.namespace, name);
    return new Watched(
      side,
      read,
      new Follower(client.watch(collection, { fieldSelector: `metadata.name=${name}` }, signal)),
    );
  }

  constructor(side: Side, read: Deployment | undefined, follower: Follower<Deployment>) {
    this.side = side;
    this.#read = read;
    this.#follower = follower;
  }

  get deployment(): Deployment | undefined {
    const [followed] = this.#follower.objects;
    if (!followed) return this.#read;
    this.#read = undefined;
    return followed;
  }

  change(ms: number): Promise<void> {
    return this.#follower.change(ms);
  }
}
