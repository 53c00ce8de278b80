/** How the rollouts of one workflow stand, whenever that changes. One long poll of the history says when to look. */
import { createHash } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { viewQuery } from '../../contract/messages.ts';
import type { RolloutView } from '../../contract/view.ts';
import { liveOf, takeSnapshot, untold, withUntold } from '../../steering/index.ts';
import { reason, within } from '../../temporal/calls.ts';
import { rolloutOf } from '../api/read-rollout.ts';
import type { Rollout } from '../api/schema/rollout.ts';
import { HttpError } from '../http-error.ts';
import type { ServerEvent } from './event-stream.ts';
import { HistoryPoll } from './history-poll.ts';
import { pause } from './pause.ts';
import type { Tell } from './shared.ts';

/** `missing`: there never was one. */
export type RolloutTold = ServerEvent & { event: 'rollout' | 'live' | 'trouble' | 'missing' };

/** Between two looks at heartbeats, at a rollout that is over, and after trouble. */
const LOOK_MS = 3_000;
/** Between two looks while everything changes. */
const LEAST_MS = 200;
/** What people could not be told changes by itself. */
const UNTOLD_MS = 10_000;

/** Until `over`, whatever happens. */
export async function followRollout(
  client: Client,
  workflowId: string,
  tell: Tell<RolloutTold>,
  over: AbortSignal,
): Promise<void> {
  const follower = new Follower(client, workflowId, tell, over);
  while (!over.aborted) {
    try {
      await follower.look();
      await follower.rest();
    } catch (error) {
      if (over.aborted) return;
      if (error instanceof WorkflowNotFoundError) tell({ event: 'missing', data: {} });
      else follower.trouble(error instanceof HttpError ? error.message : `Temporal does not answer (${reason(error)})`);
      await pause(LOOK_MS, over);
    }
  }
}

class Follower {
  readonly #client: Client;
  readonly #workflowId: string;
  readonly #tell: Tell<RolloutTold>;
  readonly #over: AbortSignal;
  #history?: HistoryPoll;
  #endPoll = new AbortController();
  #seen = 0;
  #last?: { rollout: Rollout; id: string; at: string };
  #trouble?: string;
  #untold: { sentences: string[]; at: number } = { sentences: [], at: 0 };

  constructor(client: Client, workflowId: string, tell: Tell<RolloutTold>, over: AbortSignal) {
    this.#client = client;
    this.#workflowId = workflowId;
    this.#tell = tell;
    this.#over = over;
    over.addEventListener('abort', () => this.#endPoll.abort(), { once: true });
  }

  /** At the newest run. @throws HttpError and what Temporal says when nothing can be seen */
  async look(): Promise<void> {
    this.#seen = this.#history?.version ?? 0;
    const snapshot = await takeSnapshot(this.#client, viewQuery, this.#workflowId);
    if (this.#history?.runId !== snapshot.runId && snapshot.status === 'running') this.#follow(snapshot.runId);
    const seen = rolloutOf(snapshot);
    const rollout = withUntold(seen, await this.#sentences(seen));
    const { live, ...stands } = rollout;
    const id = createHash('sha256').update(JSON.stringify(stands)).digest('base64url').slice(0, 22);
    const isNew = id !== this.#last?.id;
    this.#last = { rollout, id, at: new Date().toISOString() };
    this.#trouble = undefined;
    if (isNew) this.#tell({ event: 'rollout', id, data: rollout });
    else this.#tell({ event: 'live', data: live }, true);
  }

  /** Until there may be something else to see. */
  async rest(): Promise<void> {
    const begun = performance.now();
    while (!this.#over.aborted && !(await this.#mustLook())) {}
    await pause(LEAST_MS - (performance.now() - begun), this.#over);
  }

  /** What was told last is shown as what it was. */
  trouble(message: string): void {
    if (message === this.#trouble) return;
    this.#trouble = message;
    if (!this.#last) {
      this.#tell({ event: 'trouble', data: { message } });
      return;
    }
    const { rollout, id, at: readAt } = this.#last;
    const run = { ...rollout.run, trouble: message, readAt };
    this.#tell({ event: 'rollout', id: `${id}.old`, data: { ...rollout, run } });
    this.#last.id = '';
  }

  async #mustLook(): Promise<boolean> {
    const { rollout } = this.#last as { rollout: Rollout };
    const decided = this.#isRunning() ? this.#history?.after(this.#seen).then(() => true) : undefined;
    const isDecided = await Promise.race([pause(LOOK_MS, this.#over), ...(decided ? [decided] : [])]);
    if (isDecided || this.#over.aborted) return true;
    const handle = this.#client.workflow.getHandle(this.#workflowId);
    const { runId, status, raw } = await within(this.#client, () => handle.describe());
    if (runId !== rollout.run.id || (status.name === 'RUNNING') !== this.#isRunning()) return true;
    const live = liveOf(raw.pendingActivities ?? []);
    if (JSON.stringify(live) !== JSON.stringify(rollout.live)) this.#tell({ event: 'live', data: live }, true);
    rollout.live = live;
    return false;
  }

  #isRunning(): boolean {
    return this.#last?.rollout.run.status === 'running';
  }

  #follow(runId: string): void {
    this.#endPoll.abort();
    this.#endPoll = new AbortController();
    if (this.#over.aborted) this.#endPoll.abort();
    this.#history = new HistoryPoll(this.#client, this.#workflowId, runId, this.#endPoll.signal);
    this.#seen = 0;
  }

  async #sentences(view: RolloutView): Promise<string[]> {
    if (performance.now() - this.#untold.at > UNTOLD_MS) {
      const sentences = await untold(this.#client, view).catch(() => this.#untold.sentences);
      this.#untold = { sentences, at: performance.now() };
    }
    return this.#untold.sentences;
  }
}
