/**
 * Node `bench-node`: its pods are ready at once and run nothing, so that hundreds of rollouts fit on one machine. It is their scheduler as
 * well, as the admission policies let Sluice bring no pod that names its node.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../lab/kubelet/api.ts';
import { registerNode } from '../../lab/kubelet/node.ts';
import { podStatus } from '../../lab/kubelet/pod-status.ts';
import type { KubeletPod } from '../../lab/kubelet/types.ts';

const BENCH_NODE = 'bench-node';
/** Of the pods that are for it. */
export const BENCH_SCHEDULER = 'bench';

const ALL_PODS = '/api/v1/pods';
const OURS = `spec.schedulerName=${BENCH_SCHEDULER}`;
/** The API server ends a watch after this long; the next one begins with the current state. */
const WATCH_SECONDS = 60;
const RETRY_MS = 500;
const STRATEGIC_MERGE = 'application/strategic-merge-patch+json';

interface FakePod {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

export class FakeNode {
  readonly #api: KubeApi;
  readonly #handled = new Set<string>();
  readonly #pods = new Map<string, FakePod>();
  #addresses = 0;

  constructor(api: KubeApi) {
    this.#api = api;
  }

  /** Those that are ready. */
  get pods(): Iterable<FakePod> {
    return this.#pods.values();
  }

  /** Resolves when the node is registered; goes on until `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    // Pods of a node that does not exist are removed by the garbage collector.
    await registerNode(this.#api, BENCH_NODE);
    void this.#follow(signal);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const query = { fieldSelector: OURS, timeoutSeconds: WATCH_SECONDS };
    while (!signal.aborted) {
      try {
        for await (const { type, object } of this.#api.watch<KubeletPod>(ALL_PODS, query, signal)) {
          if (type === 'ADDED' || type === 'MODIFIED') this.#sync(object);
        }
      } catch (error) {
        if (signal.aborted) return;
        console.error(`${BENCH_NODE}: ${error instanceof Error ? error.message : error}`);
        await sleep(RETRY_MS);
      }
    }
  }

  /** Each pod is told ready once, and ended once. */
  #sync(pod: KubeletPod): void {
    const { namespace, name, uid, labels = {}, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp) this.#pods.delete(uid);
    else this.#pods.set(uid, { name, namespace, labels });
    const task = `${uid} ${deletionTimestamp ? 'end' : 'begin'}`;
    if (this.#handled.has(task)) return;
    this.#handled.add(task);
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const done = deletionTimestamp ? this.#end(path) : this.#begin(path, pod);
    done.catch(() => this.#handled.delete(task));
  }

  async #begin(path: string, pod: KubeletPod): Promise<unknown> {
    if (!pod.spec.nodeName) await this.#bind(path, pod);
    const now = new Date();
    const startTime = now.toISOString();
    this.#addresses += 1;
    const containers = pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: startTime } },
      lastState: {},
    }));
    const address = `10.245.${this.#addresses >> 8}.${this.#addresses & 255}`;
    const status = podStatus({ address, startTime, restartPolicy: 'Always', containers }, [], now);
    return this.#api.request('PATCH', `${path}/status`, { body: { status }, contentType: STRATEGIC_MERGE });
  }

  #bind(path: string, { metadata: { name, uid } }: KubeletPod): Promise<unknown> {
    const target = { apiVersion: 'v1', kind: 'Node', name: BENCH_NODE };
    return this.#api.request('POST', `${path}/binding`, {
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name, uid }, target },
    });
  }

  #end(path: string): Promise<unknown> {
    return this.#api.request('DELETE', path, {
      body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
    });
  }
}
