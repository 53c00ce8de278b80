import { randomUUID } from 'node:crypto';
import type {
  KubeClient,
  KubeObject,
  PatchOperation,
  Ref,
  WriteOptions,
} from '../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import { selectorText } from '../../../src/kubernetes/objects/deployments.ts';
import type { LabelSelector } from '../../../src/kubernetes/objects/pod-template.ts';
import { describeRef } from '../../../src/kubernetes/objects/refs.ts';
import { applyPatch } from './json-patch.ts';

/** An API server in memory: resource versions, guarded patches, the groups it serves. */
export class FakeCluster implements KubeClient {
  readonly objects = new Map<string, KubeObject>();
  readonly patches: { ref: Ref; operations: PatchOperation[] }[] = [];
  readonly requests: string[] = [];
  /** What may not be listed: `services/demo`, or of the whole cluster `services/*`. */
  readonly forbidden = new Set<string>();
  #served: string[];
  readonly #watchers = new Set<{ prefix: string; tell: () => void }>();
  #version = 1;

  constructor(served = ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'apps/v1', 'v1']) {
    this.#served = served;
  }

  /** From now on other API versions. */
  serve(versions: string[]): void {
    this.#served = versions;
  }

  put(resource: string, object: KubeObject): void {
    const { namespace, name } = object.metadata;
    this.#version += 1;
    const key = `${resource}/${namespace}/${name}`;
    const { uid = this.objects.get(key)?.metadata.uid ?? randomUUID() } = object.metadata;
    const admitted = this.admitted(resource, object);
    const stored = { ...admitted, metadata: { ...admitted.metadata, uid, resourceVersion: String(this.#version) } };
    this.objects.set(key, stored);
    this.#tell(key);
  }

  async get<T extends KubeObject>(ref: Ref): Promise<T | undefined> {
    this.requests.push(`get ${ref.apiVersion} ${describeRef(ref)}`);
    if (!this.#served.includes(ref.apiVersion)) return undefined;
    return structuredClone(this.objects.get(keyOf(ref))) as T | undefined;
  }

  async list<T extends KubeObject>(ref: Omit<Ref, 'name'>, options: { labelSelector?: string } = {}): Promise<T[]> {
    this.requests.push(`list ${ref.apiVersion} ${ref.kind}`);
    if (!this.#served.includes(ref.apiVersion)) {
      throw new ClusterError({ verb: 'list', object: describeRef(ref), reason: 'notFound' });
    }
    if (this.forbidden.has(`${ref.resource}/${ref.namespace ?? '*'}`)) {
      throw new ClusterError({ verb: 'list', object: describeRef(ref), reason: 'forbidden' });
    }
    const wanted = (options.labelSelector ?? '')
      .split(',')
      .filter(Boolean)
      .map((one) => one.split('='));
    const all = [...this.objects].filter(([key]) =>
      key.startsWith(`${ref.resource}/${ref.namespace === undefined ? '' : `${ref.namespace}/`}`),
    );
    return all
      .map(([, object]) => object as T)
      .filter(({ metadata }) =>
        wanted.every(([key = '', value = metadata.labels?.[key] ?? 'nothing']) => metadata.labels?.[key] === value),
      );
  }

  /** A write is under way of which nothing will be stored. */
  rehearsing = false;

  /** What is stored of what is sent. */
  protected admitted(_resource: string, object: KubeObject): KubeObject {
    return object;
  }

  async create<T extends KubeObject>(ref: Ref, object: T, { dryRun }: WriteOptions = {}): Promise<T> {
    if (this.objects.has(keyOf(ref))) {
      throw new ClusterError({ verb: 'create', object: describeRef(ref), reason: 'conflict' });
    }
    if (dryRun) return this.#rehearse<T>(ref, object);
    this.put(ref.resource, { ...object, metadata: { ...object.metadata, uid: randomUUID() } });
    return structuredClone(this.objects.get(keyOf(ref))) as T;
  }

  async patch<T extends KubeObject>(ref: Ref, operations: PatchOperation[], { dryRun }: WriteOptions = {}): Promise<T> {
    const object = this.objects.get(keyOf(ref));
    if (!object) throw new ClusterError({ verb: 'patch', object: describeRef(ref), reason: 'notFound' });
    let next: KubeObject;
    try {
      next = applyPatch(object, operations);
    } catch (cause) {
      throw new ClusterError({ verb: 'patch', object: describeRef(ref), reason: 'conflict', cause });
    }
    if (dryRun) return this.#rehearse<T>(ref, next);
    this.patches.push({ ref, operations });
    this.put(ref.resource, next);
    return structuredClone(this.objects.get(keyOf(ref))) as T;
  }

  #rehearse<T>({ resource }: Ref, object: KubeObject): T {
    this.rehearsing = true;
    try {
      return structuredClone(this.admitted(resource, object)) as T;
    } finally {
      this.rehearsing = false;
    }
  }

  async delete(ref: Ref, only: { uid?: string; resourceVersion?: string } = {}): Promise<void> {
    const object = this.objects.get(keyOf(ref));
    const { uid = object?.metadata.uid, resourceVersion = object?.metadata.resourceVersion } = only;
    if (object && (object.metadata.uid !== uid || object.metadata.resourceVersion !== resourceVersion)) {
      throw new ClusterError({ verb: 'delete', object: describeRef(ref), reason: 'conflict' });
    }
    this.objects.delete(keyOf(ref));
    this.#tell(keyOf(ref));
  }

  async *follow<T extends KubeObject>(ref: Ref, signal: AbortSignal): AsyncGenerator<T | undefined> {
    for await (const _ of this.#changes(ref, signal))
      yield structuredClone(this.objects.get(keyOf(ref))) as T | undefined;
  }

  async *followAll<T extends KubeObject>(
    ref: Omit<Ref, 'name'>,
    selector: LabelSelector,
    signal: AbortSignal,
  ): AsyncGenerator<T[]> {
    for await (const _ of this.#changes(ref, signal))
      yield this.list<T>(ref, { labelSelector: selectorText(selector) });
  }

  /** At once, and after every change of the object, or of any in the collection. */
  async *#changes(ref: Omit<Ref, 'name'> & { name?: string }, signal: AbortSignal): AsyncGenerator<void> {
    let changed = true;
    let wake = () => {};
    const watcher = {
      prefix: `${ref.resource}/${ref.namespace}/${ref.name ?? ''}`,
      tell: () => {
        changed = true;
        wake();
      },
    };
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
      else {
        changed = false;
        yield;
      }
    }
    this.#watchers.delete(watcher);
  }

  #tell(key: string): void {
    for (const { prefix, tell } of this.#watchers) if (key.startsWith(prefix)) tell();
  }
}

function keyOf({ resource, namespace, name }: Ref): string {
  return `${resource}/${namespace}/${name}`;
}
