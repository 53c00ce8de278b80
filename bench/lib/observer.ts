/** One object under a watch: tells one caller at a time when a state was first seen, on this process's clock. */
import type { ClusterConnection, KubeObject, Ref } from '../../src/kubernetes/index.ts';
import { now } from './clock.ts';

const PATIENCE_MS = 30_000;

export class Observer<T extends KubeObject> {
  readonly #ref: Ref;
  #last: T | undefined;
  #onEvent: () => void = () => {};

  /** Watches until `signal` aborts. */
  constructor(client: ClusterConnection, ref: Ref, signal: AbortSignal) {
    this.#ref = ref;
    void this.#follow(client, signal);
  }

  /** @returns when a state was seen for which `wanted` holds; at once when it holds already @throws after 30 s */
  async until(wanted: (object: T | undefined) => boolean): Promise<number> {
    const end = now() + PATIENCE_MS;
    while (!wanted(this.#last)) {
      const left = end - now();
      if (left <= 0)
        throw new Error(`${this.#ref.kind} ${this.#ref.namespace}/${this.#ref.name} was not seen as wanted`);
      await this.#event(left);
    }
    return now();
  }

  #event(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onEvent = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #follow(client: ClusterConnection, signal: AbortSignal): Promise<void> {
    for await (const object of client.follow<T>(this.#ref, signal)) {
      this.#last = object;
      this.#onEvent();
    }
  }
}

/** Share of the canary's subset in a VirtualService of `target.ts`, percent. */
export function canaryWeight(route: KubeObject | undefined): number | undefined {
  const spec = route?.spec as
    | { http?: { route?: { destination: { subset?: string }; weight?: number }[] }[] }
    | undefined;
  const entries = spec?.http?.[0]?.route;
  return entries && (entries.find(({ destination }) => destination.subset === 'v2')?.weight ?? 0);
}

/** Wanted replicas of a Deployment; 0 when there is none. */
export function wantedReplicas(deployment: KubeObject | undefined): number {
  return (deployment?.spec as { replicas?: number } | undefined)?.replicas ?? 0;
}
