/** The latest state of watched objects, kept in the background, with a way to sleep until something changes. */
import type { KubeObject, WatchEvent } from './client.ts';

export class Follower<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  #failure: { error: unknown } | undefined;
  #wake: () => void = () => {};

  /** @param events ends when its own signal aborts */
  constructor(events: AsyncIterable<WatchEvent<T>>) {
    void this.#follow(events);
  }

  /** @throws what ended the watch */
  get objects(): T[] {
    if (this.#failure) throw this.#failure.error;
    return [...this.#objects.values()];
  }

  /** Ends after the next event, or after `ms`. */
  async change(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, Math.max(0, ms));
    });
    clearTimeout(timer);
  }

  async #follow(events: AsyncIterable<WatchEvent<T>>): Promise<void> {
    try {
      for await (const { type, object } of events) {
        const { name, namespace = '' } = object.metadata;
        if (type === 'DELETED') this.#objects.delete(`${namespace}/${name}`);
        else this.#objects.set(`${namespace}/${name}`, object);
        this.#wake();
      }
    } catch (error) {
      this.#failure = { error };
      this.#wake();
    }
  }
}
