import type { Plan } from '../../contract/plan.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { type Deployment, getDeployment } from '../../kubernetes/objects/deployments.ts';
import { deploymentRef } from '../../kubernetes/objects/refs.ts';

/** A Deployment between two ready pods may say 0 for a moment, ms. */
const SETTLE_MS = 300;

/** Follows the canary's ready pods over one watch of its Deployment, until the signal aborts. */
export class CanaryReadiness {
  /** Resolves when no pod was ready for 300 ms; rejects when the watch is refused; otherwise stays open. */
  readonly lost: Promise<void>;
  readonly #client: KubeClient;
  readonly #plan: Plan;
  #ready: number | undefined;

  constructor(client: KubeClient, plan: Plan, signal: AbortSignal) {
    this.#client = client;
    this.#plan = plan;
    this.lost = new Promise((resolve, reject) => {
      this.#follow(resolve, signal).catch(reject);
    });
    // Nobody may be listening any more when a watch ends badly.
    this.lost.catch(() => {});
  }

  /** Ready pods as last seen; 0 before the first answer. */
  get ready(): number {
    return this.#ready ?? 0;
  }

  /** Ready pods, asked for once when the watch has said nothing: it says nothing of a Deployment that is not there. */
  async confirm(): Promise<number> {
    if (this.#ready === undefined) {
      const canary = await getDeployment(this.#client, this.#plan.namespace, this.#plan.workload.canary);
      this.#ready = canary?.status?.readyReplicas ?? 0;
    }
    return this.#ready;
  }

  async #follow(lost: () => void, signal: AbortSignal): Promise<void> {
    const { name, ...collection } = deploymentRef(this.#plan.namespace, this.#plan.workload.canary);
    let timer: NodeJS.Timeout | undefined;
    try {
      const events = this.#client.watch<Deployment>(collection, { fieldSelector: `metadata.name=${name}` }, signal);
      for await (const { type, object } of events) {
        this.#ready = type === 'DELETED' ? 0 : (object.status?.readyReplicas ?? 0);
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
