import { wireTime } from './container-status.ts';
import type { Condition, ContainerStatus, KubeletPod, PodPhase, PodStatus } from './types.ts';

/** Address that pods name as their host's; nothing listens there. */
export const HOST_ADDRESS = '10.244.255.1';

/** What is known about a pod at one moment. */
export interface PodFacts {
  address: string;
  startTime: string;
  restartPolicy: NonNullable<KubeletPod['spec']['restartPolicy']>;
  containers: ContainerStatus[];
  sidecars?: ContainerStatus[];
}

/** The status of a bound pod. @param before the conditions of the last status, whose times stay while nothing turns */
export function podStatus(facts: PodFacts, before: Condition[], now: Date): PodStatus {
  const phase = phaseOf(facts);
  const unready = [...(facts.sidecars ?? []), ...facts.containers]
    .filter(({ ready }) => !ready)
    .map(({ name }) => name);
  const done = phase === 'Succeeded';
  const readiness = unready.length
    ? {
        reason: done ? 'PodCompleted' : 'ContainersNotReady',
        message: `containers with unready status: [${unready.join(' ')}]`,
      }
    : {};
  const time = wireTime(now);
  const wanted: Condition[] = [
    condition('PodScheduled', true, time),
    condition('PodReadyToStartContainers', true, time),
    condition('Initialized', true, time),
    condition('ContainersReady', unready.length === 0, time, readiness),
    condition('Ready', unready.length === 0, time, readiness),
  ];
  return {
    phase,
    podIP: facts.address,
    podIPs: [{ ip: facts.address }],
    hostIP: HOST_ADDRESS,
    hostIPs: [{ ip: HOST_ADDRESS }],
    startTime: facts.startTime,
    conditions: wanted.map((condition) => keepTime(condition, before)),
    ...(facts.sidecars?.length && { initContainerStatuses: facts.sidecars }),
    containerStatuses: facts.containers,
  };
}

/** The status of a pod that fits no node. */
export function unschedulable(message: string, now: Date): PodStatus {
  const reason = { reason: 'Unschedulable', message };
  return { phase: 'Pending', conditions: [condition('PodScheduled', false, wireTime(now), reason)] };
}

/** After k8s.io/kubernetes/pkg/kubelet `getPhase`: pods without init containers. */
export function phaseOf({ containers, restartPolicy }: Pick<PodFacts, 'containers' | 'restartPolicy'>): PodPhase {
  const neverRan = ({ state, lastState }: ContainerStatus) => state.waiting && !lastState.terminated;
  if (containers.some(neverRan)) return 'Pending';
  const over = containers.every(({ state }) => state.terminated);
  if (!over || restartPolicy === 'Always') return 'Running';
  const failed = containers.some(({ state }) => state.terminated?.exitCode !== 0);
  if (failed) return restartPolicy === 'Never' ? 'Failed' : 'Running';
  return 'Succeeded';
}

function condition(
  type: string,
  holds: boolean,
  lastTransitionTime: string,
  why: { reason?: string; message?: string } = {},
): Condition {
  // null removes what an earlier patch wrote.
  return {
    type,
    status: holds ? 'True' : 'False',
    reason: why.reason ?? null,
    message: why.message ?? null,
    lastTransitionTime,
  };
}

function keepTime(condition: Condition, before: Condition[]): Condition {
  const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
  return same ? { ...condition, lastTransitionTime: same.lastTransitionTime } : condition;
}
