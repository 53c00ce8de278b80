/** Versions of what this process wrote: an answer with an older one is of the past (a cache on the way, a member that lags). */
import type { KubeObject } from './client.ts';

/** Objects that are remembered, those written last. */
const MOST = 1_000;
/** Of one kind they grow. Source: kubernetes.io/docs/reference/using-api/api-concepts. */
const NUMBER = /^\d{1,20}$/;

export class Newest {
  readonly #versions = new Map<string, string>();

  /** @param path of the object */
  note(path: string, { metadata: { resourceVersion } }: KubeObject): void {
    this.forget(path);
    if (resourceVersion !== undefined) this.#versions.set(path, resourceVersion);
    if (this.#versions.size > MOST) this.forget(this.#versions.keys().next().value ?? '');
  }

  isPast(path: string, { metadata: { resourceVersion } }: KubeObject): boolean {
    const [known = '', found = ''] = [this.#versions.get(path), resourceVersion];
    return NUMBER.test(known) && NUMBER.test(found) && BigInt(known) > BigInt(found);
  }

  forget(path: string): void {
    this.#versions.delete(path);
  }
}
