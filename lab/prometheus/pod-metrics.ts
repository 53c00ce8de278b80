/** `node pod-metrics.ts STATE_FILE`: follows the pods and serves the metrics of all that run, fetched at each scrape. */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../host/errors.ts';
import { readStateFile } from '../host/state.ts';
import { KubeApi } from '../kubelet/api.ts';
import type { KubeletPod } from '../kubelet/types.ts';
import { joinPages, type PodPage } from './exposition.ts';
import { POD_METRICS_PORT, PODS_ADDRESS } from './scrape-config.ts';

/** Prometheus gives the whole page 900 ms. */
const POD_TIMEOUT_MS = 700;
const WATCH_SECONDS = 60;

const pods = new Map<string, KubeletPod>();

async function follow(api: KubeApi): Promise<void> {
  const list = await api.request<{ metadata: { resourceVersion: string }; items: KubeletPod[] }>('GET', '/api/v1/pods');
  pods.clear();
  for (const pod of list.items) pods.set(pod.metadata.uid, pod);
  const query = {
    resourceVersion: list.metadata.resourceVersion,
    timeoutSeconds: WATCH_SECONDS,
    allowWatchBookmarks: true,
  };
  for await (const { type, object } of api.watch<KubeletPod>('/api/v1/pods', query, new AbortController().signal)) {
    if (type === 'ERROR') return;
    if (type === 'DELETED') pods.delete(object.metadata.uid);
    else if (type !== 'BOOKMARK') pods.set(object.metadata.uid, object);
  }
}

/** While the API server is away the pods known so far are scraped on, as Prometheus does. */
async function followForever(api: KubeApi): Promise<never> {
  for (;;) {
    try {
      await follow(api);
    } catch (error) {
      console.error(`${new Date().toISOString()} following pods: ${messageOf(error)}`);
      await sleep(500);
    }
  }
}

async function scrape(pod: KubeletPod): Promise<PodPage> {
  const instance = `${pod.status?.podIP}:${POD_METRICS_PORT}`;
  const labels = { pod: pod.metadata.name, namespace: pod.metadata.namespace, instance };
  try {
    const response = await fetch(`http://${instance}/metrics`, { signal: AbortSignal.timeout(POD_TIMEOUT_MS) });
    const text = await response.text();
    return { labels, text: response.ok ? text : undefined };
  } catch {
    return { labels, text: undefined };
  }
}

/** The Envoys report nothing of their own: the kubelet counts for them. */
function reports(pod: KubeletPod): boolean {
  const isEnvoy = pod.spec.containers.some(({ image }) => image.startsWith('envoy:'));
  return pod.status?.phase === 'Running' && pod.status.podIP !== undefined && !isEnvoy;
}

const state = readStateFile(process.argv[2] ?? '');
if (!state) throw new Error('usage: pod-metrics.ts STATE_FILE');
const [host = '', port = ''] = PODS_ADDRESS.split(':');
createServer((_request, response) => {
  void Promise.all([...pods.values()].filter(reports).map(scrape)).then((pages) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(joinPages(pages));
  });
}).listen(Number(port), host);
await followForever(new KubeApi(state.kubeconfig));
