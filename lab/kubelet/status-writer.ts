import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type KubeApi } from './api.ts';
import type { ObjectMeta, PodStatus } from './types.ts';

const RETRY_MS = 500;

/** Writes a pod's status; one request at a time, and what changed meanwhile goes into the next one. */
export class StatusWriter {
  #api: KubeApi;
  #path: string;
  #uid: string;
  #pending: PodStatus | undefined;
  #writing: Promise<void> | undefined;

  constructor(api: KubeApi, { namespace, name, uid }: ObjectMeta) {
    this.#api = api;
    this.#path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
    this.#uid = uid;
  }

  write(status: PodStatus): void {
    this.#pending = status;
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything handed over has been written, or the pod is gone. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#pending) {
      const status = this.#pending;
      this.#pending = undefined;
      if (await this.#patch(status)) continue;
      this.#pending ??= status;
      await sleep(RETRY_MS);
    }
    this.#writing = undefined;
  }

  /** false when it is worth another try. */
  async #patch(status: PodStatus): Promise<boolean> {
    try {
      // The uid refuses the write when a new pod has taken the name.
      await this.#api.request('PATCH', this.#path, {
        body: { metadata: { uid: this.#uid }, status },
        contentType: 'application/strategic-merge-patch+json',
      });
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return true;
      console.error(`${this.#path}: ${(error as Error).message}`);
      return error instanceof ApiError && error.status === 422;
    }
  }
}
