import { setTimeout as sleep } from 'node:timers/promises';
import { AddressPool } from './addresses.ts';
import { ApiError, type KubeApi } from './api.ts';
import { MeshSources } from './mesh-sources.ts';
import { NODE_LABELS, registerNode, reportNodeReady } from './node.ts';
import type { Places } from './places.ts';
import { type PodHost, PodRunner } from './pod.ts';
import { unschedulable } from './pod-status.ts';
import { StatusWriter } from './status-writer.ts';
import type { KubeletPod } from './types.ts';

export interface KubeletOptions {
  api: KubeApi;
  places: Places;
  /** Name of the only node. */
  node: string;
}

/** Each watch lasts this long; then everything is listed anew, so that a lost event costs seconds, not the truth. */
const WATCH_SECONDS = 30;
const RETRY_MS = 500;
const NODE_REPORT_MS = 60_000;
const STOP_GRACE_S = 1;
const DEFAULT_SCHEDULER = 'default-scheduler';
const LAST_WRITES_MS = 1000;

interface PodList {
  metadata: { resourceVersion: string };
  items: KubeletPod[];
}

/** Level-based: compares what the API server says with what runs, on each event and on each relist. */
export class Kubelet {
  readonly mesh = new MeshSources();
  #options: KubeletOptions;
  #host: PodHost;
  #runners = new Map<string, PodRunner>();
  #binding = new Set<string>();

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { api, places } = options;
    this.#host = {
      api,
      places,
      mesh: this.mesh,
      addresses: new AddressPool(),
      readValues: (kind, namespace, name) => readValues(api, kind, namespace, name),
    };
  }

  /** Works until the signal ends it, then ends every process. */
  async run(signal: AbortSignal): Promise<void> {
    const { api, node } = this.#options;
    await this.#untilDone('registering the node', signal, () => registerNode(api, node));
    const report = setInterval(() => void reportNodeReady(api, node).catch(logError('node')), NODE_REPORT_MS);
    while (!signal.aborted) {
      await this.#listAndWatch(signal).catch(async (error: Error) => {
        if (signal.aborted) return;
        logError('watch')(error);
        await sleep(RETRY_MS);
      });
    }
    clearInterval(report);
    const runners = [...this.#runners.values()];
    await Promise.all(runners.map((runner) => runner.stop(STOP_GRACE_S)));
    // The API server may be gone already, so the last words have a limit.
    await Promise.race([Promise.all(runners.map((runner) => runner.written())), sleep(LAST_WRITES_MS)]);
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    const { api } = this.#options;
    const list = await api.request<PodList>('GET', '/api/v1/pods');
    const known = new Set(list.items.map(({ metadata }) => metadata.uid));
    for (const uid of this.#runners.keys()) if (!known.has(uid)) this.#gone(uid);
    for (const pod of list.items) this.#sync(pod);
    const query = {
      resourceVersion: list.metadata.resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: WATCH_SECONDS,
    };
    for await (const { type, object } of api.watch<KubeletPod>('/api/v1/pods', query, signal)) {
      if (type === 'ERROR') return;
      if (type === 'DELETED') this.#gone(object.metadata.uid);
      else if (type !== 'BOOKMARK') this.#sync(object);
    }
  }

  #sync(pod: KubeletPod): void {
    const { uid } = pod.metadata;
    const runner = this.#runners.get(uid);
    if (runner) runner.sync(pod);
    else if (!pod.spec.nodeName && isOurs(pod)) void this.#bind(pod);
    else if (pod.spec.nodeName === this.#options.node) this.#start(pod);
  }

  #start(pod: KubeletPod): void {
    try {
      const runner = new PodRunner(pod, this.#host);
      this.#runners.set(pod.metadata.uid, runner);
      // A pod already marked for deletion has no process of ours; it only needs its end.
      if (!pod.metadata.deletionTimestamp) runner.start();
      runner.sync(pod);
    } catch (error) {
      logError(`pod ${pod.metadata.namespace}/${pod.metadata.name}`)(error as Error);
      void this.#startLater(pod);
    }
  }

  /** The address a pod asks for may still be held by the one before it. */
  async #startLater({ metadata }: KubeletPod): Promise<void> {
    await sleep(RETRY_MS);
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
    const now = await this.#options.api.request<KubeletPod>('GET', path).catch(() => null);
    if (now?.metadata.uid === metadata.uid) this.#sync(now);
  }

  /** Plays the scheduler, then starts without waiting for the watch to say so. */
  async #bind(pod: KubeletPod): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    if (pod.metadata.deletionTimestamp || this.#binding.has(uid)) return;
    this.#binding.add(uid);
    const { api, node } = this.#options;
    try {
      if (!fits(pod)) {
        const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
        if (!pod.status?.conditions) new StatusWriter(api, pod.metadata).write(unschedulable(message, new Date()));
        return;
      }
      const target = { apiVersion: 'v1', kind: 'Node', name: node };
      const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, uid }, target };
      await api.request('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, { body });
      this.#sync({ ...pod, spec: { ...pod.spec, nodeName: node } });
    } catch (error) {
      const settled = error instanceof ApiError && (error.status === 404 || error.status === 409);
      if (!settled) logError(`binding ${namespace}/${name}`)(error as Error);
    } finally {
      this.#binding.delete(uid);
    }
  }

  #gone(uid: string): void {
    const runner = this.#runners.get(uid);
    this.#runners.delete(uid);
    void runner?.stop(0);
  }

  async #untilDone(what: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        logError(what)(error as Error);
        await sleep(RETRY_MS);
      }
    }
  }
}

/** The others are another scheduler's. */
function isOurs({ spec: { schedulerName = DEFAULT_SCHEDULER } }: KubeletPod): boolean {
  return schedulerName === DEFAULT_SCHEDULER;
}

function fits({ spec }: KubeletPod): boolean {
  return Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => NODE_LABELS[key] === value);
}

async function readValues(
  api: KubeApi,
  kind: 'configmap' | 'secret',
  namespace: string,
  name: string,
): Promise<Record<string, string> | null> {
  const path = `/api/v1/namespaces/${namespace}/${kind}s/${name}`;
  try {
    const { data = {} } = await api.request<{ data?: Record<string, string> }>('GET', path);
    if (kind === 'configmap') return data;
    return Object.fromEntries(Object.entries(data).map(([k, v]) => [k, Buffer.from(v, 'base64').toString()]));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

function logError(what: string): (error: Error) => void {
  return (error) => console.error(`${new Date().toISOString()} ${what}: ${error.message}`);
}
