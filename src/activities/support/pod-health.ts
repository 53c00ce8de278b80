import type { IntervalInput } from '../../contract/activities.ts';
import type { PodSoFar } from '../../contract/slice.ts';
import type { IntervalWindow } from '../../judge/window.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { selectorText } from '../../kubernetes/objects/deployments.ts';
import type { LabelSelector } from '../../kubernetes/objects/pod-template.ts';
import type { Pod } from '../../kubernetes/objects/pods.ts';
import { podRef } from '../../kubernetes/objects/refs.ts';
import { PodTally } from './pod-tally.ts';

/** Follows the pods of a revision for an interval, until the signal aborts. */
export class PodHealth {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #selector: LabelSelector;
  readonly #tally: PodTally;
  #problem: string | undefined;

  /** @param startMs of the interval, worker's clock */
  constructor(client: KubeClient, { plan, podHash, soFar }: IntervalInput, startMs: number, signal: AbortSignal) {
    this.#client = client;
    this.#namespace = plan.namespace;
    this.#selector = { matchLabels: { ...plan.workload.canaryLabels, 'pod-template-hash': podHash } };
    this.#tally = new PodTally(startMs, soFar?.pods);
    this.#follow(signal).catch((error: unknown) => {
      this.#problem ??= unreadable(error);
    });
  }

  /** Reads once more: a watch may be late, and what an interval ends with must not be. */
  async look(): Promise<void> {
    const labelSelector = selectorText(this.#selector);
    try {
      this.#see(await this.#client.list<Pod>(podRef(this.#namespace), { labelSelector }));
    } catch (error) {
      this.#client.signal?.throwIfAborted();
      this.#problem = unreadable(error);
    }
  }

  get seen(): NonNullable<IntervalWindow['pods']> {
    if (this.#problem !== undefined) return { reason: this.#problem };
    return this.#tally.seen(Date.now()) ?? { reason: 'the pods were not seen yet' };
  }

  get soFar(): Record<string, PodSoFar> {
    return this.#tally.soFar(Date.now());
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const all = this.#client.followAll<Pod>(podRef(this.#namespace), this.#selector, signal);
    for await (const pods of all) this.#see(pods);
  }

  #see(pods: Pod[]): void {
    this.#tally.see(pods, Date.now());
    this.#problem = undefined;
  }
}

function unreadable(error: unknown): string {
  return `the pods could not be read: ${error instanceof Error ? error.message : String(error)}`;
}
