/**
 * Plain Service traffic, without a mesh, as kube-proxy carries it: a connection to a Service's address goes to one of the pods that its
 * EndpointSlices call ready at that moment, any of them as likely as another, and stays with that pod until one of the two ends it.
 */

import { createServer, connect as dial, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeApi } from '../kubelet/api.ts';
import { type EndpointSliceObject, targetsOf } from './targets.ts';

export interface ServiceProxy {
  /** Where it listens: `10.96.0.101:9080`. */
  address: string;
  /** New connections are refused, open ones end. */
  close: () => Promise<void>;
}

interface ServiceObject {
  spec: { clusterIP: string; ports: { name?: string; port: number }[] };
}

const WATCH_AGAIN_MS = 100;

/** Carries the first port of one Service. @throws ApiError when there is no such Service */
export async function startServiceProxy(kubeconfig: string, namespace: string, name: string): Promise<ServiceProxy> {
  const api = new KubeApi(kubeconfig);
  const { spec } = await api.request<ServiceObject>('GET', `/api/v1/namespaces/${namespace}/services/${name}`);
  const [port] = spec.ports;
  if (!port) throw new Error(`Service ${namespace}/${name} has no port`);
  const ended = new AbortController();
  const slices = new Map<string, EndpointSliceObject>();
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const following = follow(api, path, `kubernetes.io/service-name=${name}`, slices, ended.signal);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const targets = targetsOf([...slices.values()], port.name ?? '');
    const target = targets[Math.floor(Math.random() * targets.length)];
    // as a rule of the kernel refuses what no pod can take
    if (!target) return void client.resetAndDestroy();
    join(client, dial({ ...target, allowHalfOpen: true }), open);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port.port, spec.clusterIP, resolve);
  });
  return {
    address: `${spec.clusterIP}:${port.port}`,
    close: async () => {
      ended.abort();
      server.close();
      for (const socket of open) socket.destroy();
      await following;
      await api.close();
    },
  };
}

/** Bytes go both ways until one side ends; an end is passed on as what it was. */
function join(client: Socket, pod: Socket, open: Set<Socket>): void {
  for (const [one, other] of [
    [client, pod],
    [pod, client],
  ] as const) {
    open.add(one);
    one.setNoDelay(true);
    one.on('error', () => other.resetAndDestroy());
    one.on('close', () => open.delete(one));
    one.pipe(other);
  }
}

async function follow(
  api: KubeApi,
  path: string,
  labelSelector: string,
  slices: Map<string, EndpointSliceObject>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const list = await api.request<{ metadata: { resourceVersion: string }; items: EndpointSliceObject[] }>(
        'GET',
        path,
        {
          query: { labelSelector },
        },
      );
      slices.clear();
      for (const item of list.items) slices.set(item.metadata.name, item);
      const query = { labelSelector, resourceVersion: list.metadata.resourceVersion };
      for await (const { type, object } of api.watch<EndpointSliceObject>(path, query, signal)) {
        if (type === 'ERROR') break;
        if (type === 'DELETED') slices.delete(object.metadata.name);
        else slices.set(object.metadata.name, object);
      }
    } catch {
      await sleep(WATCH_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
