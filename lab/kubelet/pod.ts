import type { AddressPool } from './addresses.ts';
import { ApiError, type KubeApi } from './api.ts';
import { ContainerRunner } from './container.ts';
import { wireTime } from './container-status.ts';
import type { ReadValues } from './environment.ts';
import { prepareLaunch } from './launch.ts';
import type { MeshSources } from './mesh-sources.ts';
import type { Places } from './places.ts';
import { podStatus } from './pod-status.ts';
import { StatusWriter } from './status-writer.ts';
import type { Condition, Container, KubeletPod } from './types.ts';

/** Annotation that asks for a certain pod address. */
const ADDRESS_ANNOTATION = 'lab.sluice.dev/pod-ip';

type RestartPolicy = NonNullable<KubeletPod['spec']['restartPolicy']>;

const DEFAULT_GRACE_S = 30;
const RETRY_DELETE_MS = 1000;

/** What pods share. */
export interface PodHost {
  api: KubeApi;
  addresses: AddressPool;
  places: Places;
  mesh: MeshSources;
  readValues: ReadValues;
}

/** One bound pod: its address, its containers, its status, its end. */
export class PodRunner {
  #host: PodHost;
  #pod: KubeletPod;
  #address: string;
  #startTime: string;
  #writer: StatusWriter;
  #conditions: Condition[];
  #containers: ContainerRunner[];
  #sidecars: ContainerRunner[];
  #ending: Promise<void> | undefined;

  /** @throws Error when the pod asks for an address that it cannot have */
  constructor(pod: KubeletPod, host: PodHost) {
    this.#host = host;
    this.#pod = pod;
    this.#address = addressFor(pod, host.addresses);
    this.#startTime = pod.status?.startTime ?? wireTime(new Date());
    this.#conditions = pod.status?.conditions ?? [];
    this.#writer = new StatusWriter(host.api, pod.metadata);
    host.mesh.register(this.#address, pod);
    const { containers, initContainers = [] } = pod.spec;
    const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
    this.#containers = isOver(pod) ? [] : containers.map((container) => this.#runner(container, this.#restartPolicy));
    this.#sidecars = isOver(pod) ? [] : sidecars.map((container) => this.#runner(container, 'Always'));
  }

  start(): void {
    for (const container of this.#all) container.start();
  }

  /** Takes note of a newer version of the object; the first one marked for deletion begins the end. */
  sync(pod: KubeletPod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp) this.#ending ??= this.#end();
  }

  /** Ends the processes and frees the address; for pods that the API no longer knows, and when the kubelet stops. */
  async stop(graceSeconds: number): Promise<void> {
    await Promise.all(this.#all.map((container) => container.stop(graceSeconds)));
    this.#host.addresses.release(this.#address, ownerName(this.#pod), performance.now());
  }

  /** Resolves when the API server knows everything there is to know. */
  written(): Promise<void> {
    return this.#writer.settled();
  }

  get #all(): ContainerRunner[] {
    return [...this.#sidecars, ...this.#containers];
  }

  #runner(container: Container, restartPolicy: RestartPolicy): ContainerRunner {
    const { places, readValues, mesh } = this.#host;
    const { containerStatuses = [], initContainerStatuses = [] } = this.#pod.status ?? {};
    return new ContainerRunner({
      container,
      address: this.#address,
      restartPolicy,
      previous: [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container.name),
      prepare: () => prepareLaunch(this.#pod, container, this.#address, places, readValues),
      changed: () => this.#publish(),
      followAccessLog: (path) => mesh.follow(path, this.#pod),
    });
  }

  get #restartPolicy() {
    return this.#pod.spec.restartPolicy ?? 'Always';
  }

  #publish(): void {
    const containers = this.#containers.map(({ status }) => status);
    const facts = {
      address: this.#address,
      startTime: this.#startTime,
      restartPolicy: this.#restartPolicy,
      containers,
      sidecars: this.#sidecars.map(({ status }) => status),
    };
    const status = podStatus(facts, this.#conditions, new Date());
    this.#conditions = status.conditions ?? [];
    this.#writer.write(status);
  }

  async #end(): Promise<void> {
    const { metadata, spec } = this.#pod;
    const grace = metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S;
    await Promise.all(this.#all.map((container) => container.stop(grace)));
    await this.#writer.settled();
    while (!(await this.#remove())) await new Promise((resolve) => setTimeout(resolve, RETRY_DELETE_MS));
  }

  /** false when it is worth another try. */
  async #remove(): Promise<boolean> {
    const { namespace, name, uid } = this.#pod.metadata;
    try {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } };
      await this.#host.api.request('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, { body });
      return true;
    } catch (error) {
      return error instanceof ApiError && (error.status === 404 || error.status === 409);
    }
  }
}

function addressFor(pod: KubeletPod, addresses: AddressPool): string {
  // An address cannot change once it is written, so a restarted kubelet takes the one it finds.
  const given = pod.status?.podIP ?? pod.metadata.annotations?.[ADDRESS_ANNOTATION];
  return given ? addresses.claim(given, ownerName(pod)) : addresses.allocate(ownerName(pod), performance.now());
}

// With the uid: a pod may be gone and its name taken again before its last process has ended.
function ownerName({ metadata }: KubeletPod): string {
  return `${metadata.namespace}/${metadata.name} (${metadata.uid})`;
}

function isOver({ status }: KubeletPod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
