/** Pods: listing a Deployment's, and saying in one sentence what keeps them from being ready. */
import type { KubeClient, KubeObject } from '../client/client.ts';
import { cleanSentence } from '../client/errors.ts';
import { type Deployment, replicasOf, selectorText } from './deployments.ts';
import { podRef } from './refs.ts';

export interface Pod extends KubeObject {
  spec: { containers: Container[]; [field: string]: unknown };
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: PodContainer[];
    initContainerStatuses?: PodContainer[];
  };
}

interface Container {
  name: string;
  image: string;
  ports?: { name?: string; containerPort: number }[];
  readinessProbe?: Probe;
}

interface Probe {
  httpGet?: { path?: string; port: number | string };
  tcpSocket?: { port: number | string };
  grpc?: { port: number };
  exec?: { command?: string[] };
}

export interface PodContainer {
  name: string;
  image?: string;
  /** What runs; most runtimes say `<repository>@<digest>`. */
  imageID?: string;
  ready: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: object;
  /** `message`: what the program said at its end, or the last lines that it printed. */
  terminated?: { exitCode: number; reason?: string; message?: string };
}

/**
 * What keeps pods from being ready:
 * - `image`: the image cannot be pulled · `config`: a ConfigMap, Secret or command is missing · `quota`: pods are not admitted
 * - `crash`: restarted at least three times · `restart`: crashed, but not that often yet
 * - `schedule`: no node · `probe`: runs and is not ready · `waiting`: nothing wrong to be seen yet
 */
export type UnreadyCause = 'image' | 'config' | 'quota' | 'crash' | 'restart' | 'schedule' | 'probe' | 'waiting';

export interface Unready {
  cause: UnreadyCause;
  sentence: string;
}

/** One restart may be bad luck; from this many on it is a crash loop. */
const CRASH_LOOP_RESTARTS = 3;

/** Worst first: what a person has to mend before anything else. */
const ORDER: UnreadyCause[] = ['crash', 'image', 'config', 'quota', 'restart', 'schedule', 'probe', 'waiting'];

const IMAGE_REASONS = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
];
const CONFIG_REASONS = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

/** What a container waits for while nothing is wrong. */
const STARTING = ['ContainerCreating', 'PodInitializing'];

export function listPods(client: KubeClient, { metadata, spec }: Deployment): Promise<Pod[]> {
  return client.list<Pod>(podRef(metadata.namespace ?? ''), { labelSelector: selectorText(spec.selector) });
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** The worst of what is wrong with a Deployment's pods. */
export function diagnose(pods: Pod[], deployment: Deployment): Unready {
  const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && !isReady(pod));
  const found = [...notAdmitted(deployment), ...living.flatMap(podTrouble)];
  const worst = ORDER.flatMap((cause) => found.find((one) => one.cause === cause) ?? [])[0];
  const ready = `${deployment.status?.readyReplicas ?? 0} of ${replicasOf(deployment)} pods of ${deployment.metadata.name} are ready`;
  return worst
    ? { cause: worst.cause, sentence: `${ready}: ${worst.sentence}` }
    : { cause: 'waiting', sentence: ready };
}

function notAdmitted({ status }: Deployment): Unready[] {
  const failure = status?.conditions?.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  return failure
    ? [{ cause: 'quota', sentence: `pods cannot be created, ${cleanSentence(failure.message ?? '')}` }]
    : [];
}

/** What keeps one pod from being ready, or from starting; nothing when that is not to be seen. */
export function podTrouble(pod: Pod): Unready[] {
  const scheduled = pod.status?.conditions?.find((one) => one.type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const why = cleanSentence(scheduled.message ?? scheduled.reason ?? '');
    return [{ cause: 'schedule', sentence: `${pod.metadata.name} has no node, ${why}` }];
  }
  return containersOf(pod)
    .filter((status) => !status.ready)
    .flatMap((status) => containerTrouble(pod, status));
}

/** Init containers first; native sidecars are among them. */
export function containersOf({ status }: Pod): PodContainer[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** What keeps containers from starting, in words: an image that cannot be pulled, a crash loop, a missing ConfigMap. */
export function hinderedContainers(pod: Pod): string[] {
  return containersOf(pod)
    .filter(({ state }) => state?.waiting?.reason && !STARTING.includes(state.waiting.reason))
    .flatMap((status) => containerTrouble(pod, status).map(({ sentence }) => sentence));
}

function containerTrouble(pod: Pod, status: PodContainer): Unready[] {
  const { name, state = {}, restartCount } = status;
  const where = `container ${name} of ${pod.metadata.name}`;
  const reason = state.waiting?.reason ?? '';
  const said = state.waiting?.message ? `, ${cleanSentence(state.waiting.message)}` : '';
  const image = pod.spec.containers.find((container) => container.name === name)?.image ?? status.image ?? '';
  if (IMAGE_REASONS.includes(reason)) {
    return [{ cause: 'image', sentence: `image ${image} of ${pod.metadata.name} cannot be pulled (${reason})${said}` }];
  }
  if (CONFIG_REASONS.includes(reason))
    return [{ cause: 'config', sentence: `${where} cannot start (${reason})${said}` }];
  if (state.running) return [{ cause: 'probe', sentence: `${where} runs but ${probeText(pod, name)}` }];
  const ended = state.terminated ?? status.lastState?.terminated;
  if (restartCount > 0 || (ended && ended.exitCode !== 0)) {
    const exit = ended ? `, last exit code ${ended.exitCode}${ended.reason ? ` (${ended.reason})` : ''}` : '';
    const cause = restartCount >= CRASH_LOOP_RESTARTS ? 'crash' : 'restart';
    return [{ cause, sentence: `${where} crashes, ${restartCount} restarts${exit}` }];
  }
  return [{ cause: 'waiting', sentence: `${where} is starting${reason ? ` (${reason})` : ''}${said}` }];
}

function probeText(pod: Pod, container: string): string {
  const probe = pod.spec.containers.find(({ name }) => name === container)?.readinessProbe;
  if (!probe) return 'is not ready yet';
  if (probe.httpGet) {
    return `its readiness probe GET ${probe.httpGet.path ?? '/'} on port ${probe.httpGet.port} does not pass`;
  }
  if (probe.tcpSocket) return `its readiness probe on port ${probe.tcpSocket.port} does not pass`;
  if (probe.grpc) return `its gRPC readiness probe on port ${probe.grpc.port} does not pass`;
  return `its readiness probe ${probe.exec?.command?.[0] ?? ''} does not pass`;
}
