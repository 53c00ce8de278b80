import { randomUUID } from 'node:crypto';
import type { KubeClient, KubeObject, PatchOperation, Ref, WatchEvent } from '../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import { describeRef } from '../../../src/kubernetes/objects/refs.ts';
import { applyPatch } from './json-patch.ts';

/** An API server in memory: resource versions, guarded patches, the groups it serves. */
export class FakeCluster implements KubeClient {
  readonly objects = new Map<string, KubeObject>();
  readonly patches: { ref: Ref; operations: PatchOperation[] }[] = [];
  readonly requests: string[] = [];
  #served: string[];
  readonly #watchers = new Set<{ key: string; push: (event: WatchEvent<KubeObject>) => void }>();
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
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    const key = `${resource}/${namespace}/${name}`;
    const type = this.objects.has(key) ? 'MODIFIED' : 'ADDED';
    this.objects.set(key, stored);
    for (const watcher of this.#watchers) if (watcher.key === key) watcher.push({ type, object: stored });
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
    const wanted = (options.labelSelector ?? '')
      .split(',')
      .filter(Boolean)
      .map((one) => one.split('='));
    const all = [...this.objects].filter(([key]) => key.startsWith(`${ref.resource}/${ref.namespace}/`));
    return all
      .map(([, object]) => object as T)
      .filter(({ metadata }) => wanted.every(([key = '', value]) => metadata.labels?.[key] === value));
  }

  async create<T extends KubeObject>(ref: Ref, object: T): Promise<T> {
    if (this.objects.has(keyOf(ref))) {
      throw new ClusterError({ verb: 'create', object: describeRef(ref), reason: 'conflict' });
    }
    this.put(ref.resource, { ...object, metadata: { ...object.metadata, uid: randomUUID() } });
    return object;
  }

  async patch<T extends KubeObject>(ref: Ref, operations: PatchOperation[]): Promise<T> {
    const object = this.objects.get(keyOf(ref));
    if (!object) throw new ClusterError({ verb: 'patch', object: describeRef(ref), reason: 'notFound' });
    let next: KubeObject;
    try {
      next = applyPatch(object, operations);
    } catch (cause) {
      throw new ClusterError({ verb: 'patch', object: describeRef(ref), reason: 'conflict', cause });
    }
    this.patches.push({ ref, operations });
    this.put(ref.resource, next);
    return structuredClone(this.objects.get(keyOf(ref))) as T;
  }

  async delete(ref: Ref, only?: { resourceVersion: string | undefined }): Promise<void> {
    const object = this.objects.get(keyOf(ref));
    if (object && only && object.metadata.resourceVersion !== only.resourceVersion) {
      throw new ClusterError({ verb: 'delete', object: describeRef(ref), reason: 'conflict' });
    }
    this.objects.delete(keyOf(ref));
    if (!object) return;
    for (const watcher of this.#watchers) if (watcher.key === keyOf(ref)) watcher.push({ type: 'DELETED', object });
  }

  async *watch<T extends KubeObject>(
    ref: Omit<Ref, 'name'>,
    options: { fieldSelector?: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const key = `${ref.resource}/${ref.namespace}/${options.fieldSelector?.split('=')[1]}`;
    const queue: WatchEvent<KubeObject>[] = [];
    let wake = () => {};
    const push = (event: WatchEvent<KubeObject>) => {
      queue.push(event);
      wake();
    };
    const watcher = { key, push };
    this.#watchers.add(watcher);
    const now = this.objects.get(key);
    if (now) queue.push({ type: 'ADDED', object: now });
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      const event = queue.shift();
      if (event) yield event as WatchEvent<T>;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    this.#watchers.delete(watcher);
  }
}

function keyOf({ resource, namespace, name }: Ref): string {
  return `${resource}/${namespace}/${name}`;
}
