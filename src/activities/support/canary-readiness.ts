import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { type Deployment, lastWriter } from '../../kubernetes/objects/deployments.ts';
import { isHeld } from '../../kubernetes/objects/held.ts';
import { deploymentRef, describeRef } from '../../kubernetes/objects/refs.ts';
import { isReplaced } from '../../kubernetes/objects/revisions.ts';

/** A Deployment between two ready pods may say 0 for a moment, ms. */
const SETTLE_MS = 300;

/** Follows the canary's ready pods, until the signal aborts. */
export class CanaryReadiness {
  /** Resolves when no pod was ready for 300 ms, or with `replaced`; rejects when the watch is refused; otherwise stays open. */
  readonly lost: Promise<void>;
  readonly #client: KubeClient;
  readonly #plan: TargetPlan;
  #ready: number | undefined;
  #resumed = false;
  #replaced: string | undefined;

  constructor(client: KubeClient, plan: TargetPlan, signal: AbortSignal) {
    this.#client = client;
    this.#plan = plan;
    this.lost = new Promise((resolve, reject) => {
      this.#follow(resolve, signal).catch(reject);
    });
    // Nobody may be listening any more when a watch ends badly.
    this.lost.catch(() => {});
  }

  /** As last seen; undefined before the first answer. */
  get ready(): number | undefined {
    return this.#ready;
  }

  /** With `source: canary`: it is not held any more, as last seen. */
  get resumed(): boolean {
    return this.#resumed;
  }

  /** With `source: canary`: why its pods are not the tested ones any more, in words. */
  get replaced(): string | undefined {
    return this.#replaced;
  }

  async #follow(lost: () => void, signal: AbortSignal): Promise<void> {
    const { namespace, workload } = this.#plan;
    const canary = deploymentRef(namespace, workload.canary);
    const own = workload.source === 'canary';
    const isWrong = (one: Deployment | undefined): one is Deployment => own && one !== undefined && isReplaced(one);
    let timer: NodeJS.Timeout | undefined;
    try {
      for await (const seen of this.#client.follow<Deployment>(canary, signal, (one) => !isWrong(one))) {
        this.#ready = seen?.status?.readyReplicas ?? 0;
        this.#resumed = own && seen !== undefined && !isHeld(seen);
        if (isWrong(seen)) {
          const writer = lastWriter(seen);
          this.#replaced = `${describeRef(canary)} was resumed with another template than the tested one${writer ? `, last written by ${writer}` : ''}`;
          lost();
        }
        if (this.#ready > 0) {
          clearTimeout(timer);
          timer = undefined;
        } else timer ??= setTimeout(lost, SETTLE_MS);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
