import { isIP } from 'node:net';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { isReady, type Pod } from '../../kubernetes/objects/pods.ts';
import { podRef } from '../../kubernetes/objects/refs.ts';
import { isLocal } from '../../network/address.ts';

/** A ready pod of the revision and where it listens. */
export interface CanaryPod {
  name: string;
  /** `http://10.244.1.7:9080` */
  origin: string;
}

/** Istio's own container, which its injector may put first. */
const SIDECAR = 'istio-proxy';
const DEFAULT_PORT = 80;

/** The ready pods of one revision. @param port of the pod; absent: the first port of the plan's containers */
export async function listCanaryPods(
  client: KubeClient,
  plan: TargetPlan,
  podHash: string,
  port: number | undefined,
): Promise<CanaryPod[]> {
  const labels = { ...plan.workload.canaryLabels, 'pod-template-hash': podHash };
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const pods = await client.list<Pod>(podRef(plan.namespace), { labelSelector });
  return pods
    .filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined && hasAddress(pod))
    .map((pod) => ({
      name: pod.metadata.name,
      origin: originOf(pod, port, plan.workload.containers),
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** An address of its own: what is asked there is a pod, and not the worker's machine or its cloud's metadata. */
export function hasAddress({ status: { podIP = '' } = {} }: Pod): boolean {
  return isIP(podIP) !== 0 && !isLocal(podIP);
}

function firstPort({ spec }: Pod, containers: string[] | undefined): number {
  const candidates = spec.containers.filter(({ name }) => containers?.includes(name) ?? name !== SIDECAR);
  return candidates.flatMap(({ ports = [] }) => ports)[0]?.containerPort ?? DEFAULT_PORT;
}

/** @param port absent: the first port of the containers, or of the first that is no sidecar */
export function originOf(pod: Pod, port: number | undefined, containers: string[] | undefined): string {
  const ip = pod.status?.podIP ?? '';
  return `http://${ip.includes(':') ? `[${ip}]` : ip}:${port ?? firstPort(pod, containers)}`;
}
