import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { viewQuery } from '../../contract/messages.ts';
import { isFinished, type RolloutView } from '../../contract/view.ts';
import { type RunSnapshot, takeSnapshot } from '../../steering/snapshot.ts';
import { untold, withUntold } from '../../steering/untold.ts';
import { reason } from '../../temporal/calls.ts';
import type { Workers } from '../render/picture.ts';
import { findWorkers } from '../temporal/find-workers.ts';

/** What a watcher is shown, again and again. */
export interface Frame {
  snapshot: RunSnapshot;
  /** The newest view there is; older than the snapshot when no worker answers. */
  view: RolloutView;
  workers: Workers;
}

/** How the watching ended. The rollout itself may go on. */
export type WatchEnd =
  | { kind: 'ended'; view: RolloutView }
  /** Another rollout took the place of the one that was watched. */
  | { kind: 'replaced'; by?: string }
  | { kind: 'lost'; trouble: string }
  | { kind: 'needsYou' }
  | { kind: 'timeout' }
  | { kind: 'interrupted' };

export interface WatchOptions {
  workflowId: string;
  cluster: string;
  /** Offer whose rollout is meant; until it begins, others are waited for. Absent: whichever is seen first. */
  delivery?: string;
  /** End with `needsYou` as soon as a person is needed. */
  failFast?: boolean;
  /** ms; absent: no limit. */
  timeout?: number;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
  onFrame(frame: Frame): void;
  /** No worker has answered yet, so there is nothing to show; called on change. */
  onTrouble(trouble: string): void;
}

const POLL_MS = 1_000;
const BESIDE_MS = 10_000;

/**
 * Follows one rollout through all of its runs until it ends. The rollout seen first is pinned: one that follows it on the same
 * workflow id is never shown in its place.
 * @throws WorkflowNotFoundError when there is no such workflow; what Temporal says on the first look
 */
export async function watchRollout(client: Client, options: WatchOptions): Promise<WatchEnd> {
  const { signal, timeout } = options;
  const limits = timeout === undefined ? [signal] : [signal, AbortSignal.timeout(timeout)];
  const over = AbortSignal.any(limits);
  const follower = new Follower(client, options);
  for (;;) {
    // Ctrl-C must not wait for a call that hangs.
    const end = await Promise.race([follower.step(), aborted(over)]);
    if (over.aborted || end) follower.stop();
    if (over.aborted) return { kind: signal.aborted ? 'interrupted' : 'timeout' };
    if (end) return end;
    await sleep(POLL_MS, undefined, { signal: over }).catch(() => undefined);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** Remembers the pinned rollout between two looks. */
class Follower {
  private readonly client: Client;
  private readonly options: WatchOptions;
  private readonly beside: Beside;
  private runId?: string;
  private view?: RolloutView;
  private trouble?: string;
  private stopped = false;

  constructor(client: Client, options: WatchOptions) {
    this.client = client;
    this.options = options;
    this.beside = new Beside(client, options.cluster);
  }

  /** One look. @returns how the watching ends, if it does */
  async step(): Promise<WatchEnd | undefined> {
    const snapshot = await this.look();
    if (typeof snapshot === 'string') return this.report(snapshot);
    const first = this.notYetOurs(snapshot);
    if (first) return this.report(first);
    if (isAnother(this.view, snapshot.view)) return { kind: 'replaced', by: snapshot.view?.rollout };
    this.runId = snapshot.runId;
    this.view = snapshot.view ?? this.view;
    if (this.view && !this.stopped) {
      const { workers, sentences } = await this.beside.look(this.view, snapshot.view === undefined);
      this.options.onFrame({ snapshot, view: withUntold(this.view, sentences), workers });
    }
    const end = endOf(snapshot, this.view, this.options.failFast);
    if (end) return end;
    this.report(snapshot.trouble);
    if (snapshot.status !== 'continued') return undefined;
    this.runId = snapshot.nextRun;
    return this.step();
  }

  /** Once something was seen or is awaited, Temporal being away ends nothing. @returns the trouble instead of throwing */
  private async look(): Promise<RunSnapshot | string> {
    try {
      return await takeSnapshot(this.client, viewQuery, this.options.workflowId, this.runId);
    } catch (error) {
      if (this.options.delivery && error instanceof WorkflowNotFoundError) return 'the rollout has not begun';
      if (this.runId === undefined) throw error;
      return `Temporal does not answer (${reason(error)})`;
    }
  }

  /** What goes first, while the awaited offer has no rollout of its own. */
  private notYetOurs({ view, trouble }: RunSnapshot): string | undefined {
    const { delivery } = this.options;
    if (!delivery || this.view || view?.startedBy.delivery === delivery) return undefined;
    if (!view) return trouble ?? 'the rollout has not begun';
    return view.outcome
      ? 'the rollout has not begun'
      : `${view.rollout ?? 'another rollout'} goes first: ${view.sentence}`;
  }

  /** A call that is still under way has nobody to tell any more. */
  stop(): void {
    this.stopped = true;
  }

  private report(trouble: string | undefined): undefined {
    if (trouble && trouble !== this.trouble && !this.stopped) this.options.onTrouble(trouble);
    this.trouble = trouble;
  }
}

/** Before the epoch is allocated a rollout has no name; a run belongs to one rollout, so the first name found is its own. */
function isAnother(pinned: RolloutView | undefined, seen: RolloutView | undefined): boolean {
  if (!pinned || !seen) return false;
  if (pinned.rollout && seen.rollout) return pinned.rollout !== seen.rollout;
  return pinned.startedBy.delivery !== seen.startedBy.delivery;
}

function endOf(snapshot: RunSnapshot, view: RolloutView | undefined, failFast = false): WatchEnd | undefined {
  if (snapshot.status === 'lost') return { kind: 'lost', trouble: snapshot.trouble ?? 'ended without an outcome' };
  // A queued offer may hold the run open; the rollout that was watched has ended all the same.
  if (view?.outcome && (isFinished(view) || view.endedAt)) return { kind: 'ended', view };
  if (snapshot.status === 'closed') return { kind: 'lost', trouble: 'ended without an outcome' };
  return failFast && snapshot.view?.state === 'needs-you' ? { kind: 'needsYou' } : undefined;
}

/** What is asked now and then: for workers, at once when a query had no answer, and for what people could not be told. */
class Beside {
  private readonly client: Client;
  private readonly cluster: string;
  private found: Workers = 'unknown';
  private sentences: string[] = [];
  private checkedAt = 0;

  constructor(client: Client, cluster: string) {
    this.client = client;
    this.cluster = cluster;
  }

  async look(view: RolloutView, unanswered: boolean): Promise<{ workers: Workers; sentences: string[] }> {
    if (Date.now() - this.checkedAt >= BESIDE_MS) {
      this.found = await findWorkers(this.client, this.cluster);
      this.sentences = await untold(this.client, view).catch(() => this.sentences);
      this.checkedAt = Date.now();
    }
    // Pollers are remembered for a minute; a query without an answer is the newer news.
    return { workers: unanswered ? 'none' : this.found, sentences: this.sentences };
  }
}
