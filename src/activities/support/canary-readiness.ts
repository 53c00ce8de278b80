import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { deploymentRef } from '../../kubernetes/objects/refs.ts';

/** A Deployment between two ready pods may say 0 for a moment, ms. */
const SETTLE_MS = 300;

/** Follows the canary's ready pods, until the signal aborts. */
export class CanaryReadiness {
  /** Resolves when no pod was ready for 300 ms; rejects when the watch is refused; otherwise stays open. */
  readonly lost: Promise<void>;
  readonly #client: KubeClient;
  readonly #plan: TargetPlan;
  #ready: number | undefined;

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

  async #follow(lost: () => void, signal: AbortSignal): Promise<void> {
    const canary = deploymentRef(this.#plan.namespace, this.#plan.workload.canary);
    let timer: NodeJS.Timeout | undefined;
    try {
      for await (const seen of this.#client.follow<Deployment>(canary, signal, () => true)) {
        this.#ready = seen?.status?.readyReplicas ?? 0;
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
