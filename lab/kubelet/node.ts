import { ApiError, type KubeApi } from './api.ts';
import { wireTime } from './container-status.ts';
import { HOST_ADDRESS } from './pod-status.ts';

export const NODE_LABELS: Record<string, string> = {
  'kubernetes.io/hostname': 'lab-0',
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': process.arch === 'x64' ? 'amd64' : process.arch,
};

const CAPACITY = { cpu: '64', memory: '256Gi', pods: '1000', 'ephemeral-storage': '100Gi' };

/** Creates the node if need be and says that it is ready. */
export async function registerNode(api: KubeApi, name: string): Promise<void> {
  const labels = { ...NODE_LABELS, 'kubernetes.io/hostname': name };
  const body = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
  await api.request('POST', '/api/v1/nodes', { body }).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  });
  await reportNodeReady(api, name);
}

/** Renews the node's Ready condition. */
export async function reportNodeReady(api: KubeApi, name: string): Promise<void> {
  const now = wireTime(new Date());
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'the lab runs pods as processes' };
  const addresses = [
    { type: 'InternalIP', address: HOST_ADDRESS },
    { type: 'Hostname', address: name },
  ];
  const status = {
    capacity: CAPACITY,
    allocatable: CAPACITY,
    addresses,
    conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
    nodeInfo: { kubeletVersion: 'v1.36.2-lab', operatingSystem: 'linux' },
  };
  await api.request('PATCH', `/api/v1/nodes/${name}/status`, {
    body: { status },
    contentType: 'application/strategic-merge-patch+json',
  });
}
