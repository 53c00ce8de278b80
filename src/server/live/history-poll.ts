import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

/** Temporal ends a long poll sooner. */
const POLL_MS = 90_000;
const AFTER_TROUBLE_MS = 3_000;
/** `EVENT_TYPE_WORKFLOW_TASK_SCHEDULED`, and `…_STARTED`: nothing is decided by them. */
const UNDECIDED = [5, 6];

/** One long poll of the history of one run: it says that something was decided, and nothing else. */
export class HistoryPoll {
  readonly runId: string;
  #version = 0;
  #news = Promise.withResolvers<void>();

  constructor(client: Client, workflowId: string, runId: string, over: AbortSignal) {
    this.runId = runId;
    void this.#run(client, { workflowId, runId }, over);
  }

  /** Grows with whatever is decided. */
  get version(): number {
    return this.#version;
  }

  /** Until something is decided after `version`. */
  async after(version: number): Promise<void> {
    while (this.#version === version) await this.#news.promise;
  }

  async #run(client: Client, execution: { workflowId: string; runId: string }, over: AbortSignal): Promise<void> {
    let nextPageToken: Uint8Array | undefined;
    while (!over.aborted) {
      const asked = { namespace: client.options.namespace, execution, waitNewEvent: true, nextPageToken };
      const ask = () => client.workflowService.getWorkflowExecutionHistory(asked);
      try {
        const answer = await client.withAbortSignal(over, () => client.withDeadline(Date.now() + POLL_MS, ask));
        if (answer.history?.events?.some(({ eventType }) => !UNDECIDED.includes(Number(eventType)))) this.#tell();
        // the run is over
        if (!answer.nextPageToken?.length) return;
        nextPageToken = answer.nextPageToken;
      } catch {
        // whoever looks will see what it is
        this.#tell();
        await sleep(AFTER_TROUBLE_MS, undefined, { signal: over }).catch(() => undefined);
      }
    }
  }

  #tell(): void {
    this.#version += 1;
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
