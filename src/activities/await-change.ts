/**
 * The one wait of the way back: for pods, for refused writes to be taken, and for a check that is not passed, all at once. Whatever comes
 * first ends it, and the world is read afresh.
 */
import type { AwaitChangeInput, Change, IntervalInput, RouteResult, WriteAgain } from '../contract/activities.ts';
import type { IntervalResult, IntervalSlice } from '../contract/verdict.ts';
import { holds, type PodCondition } from '../contract/world.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { look } from './look.ts';
import { type ActivityRun, beating } from './support/activity.ts';
import { untilFulfilled } from './support/condition.ts';
import { sleep } from './support/sleep.ts';
import { handsOn, SLICE_OVER, soFarOf } from './support/slice.ts';

/** A write by the name of its activity. */
export type InsistentWrites = {
  [Name in WriteAgain['name']]: (
    client: KubeClient,
    input: Extract<WriteAgain, { name: Name }>['input'],
  ) => Promise<unknown>;
};

export interface AwaitChangeDeps {
  /** A client whose requests end with the signal. */
  until: (signal: AbortSignal) => KubeClient;
  writes: InsistentWrites;
  check: (client: KubeClient, input: IntervalInput, run: ActivityRun) => Promise<IntervalSlice>;
}

/** Between two tries of a refused write, ms; the last one from then on. */
const TRY_AGAIN_MS = [5_000, 10_000, 20_000, 30_000];
/** Before a Deployment that could not be watched is watched again, ms. */
const WATCH_AGAIN_MS = 5_000;
/** Between two looks at the status of routes, ms. */
const LOOK_AGAIN_MS = 5_000;
/** A check that cannot be made ends the wait no sooner, ms: the next one would end as fast. */
const CHECK_FLOOR_MS = 5_000;
/** A write that is under way when the wait ends may still be answered, ms. */
const ANSWER_MS = 500;

/**
 * A worker that is told to stop ends the wait as well.
 * @throws the signal's reason when the workflow has cancelled it
 */
export async function awaitChange(deps: AwaitChangeDeps, input: AwaitChangeInput, run: ActivityRun): Promise<Change> {
  const wait = new Wait(deps, input, run);
  return beating(
    run,
    () => wait.progress,
    async () => {
      await wait.end();
      // what was written and refused is not lost with a look that fails
      const world = await look(deps.until(run.signal), input).catch(() => undefined);
      if (!handsOn(run.signal)) run.signal.throwIfAborted();
      return { ...(world && { world }), ...wait.seen };
    },
  );
}

class Wait {
  readonly seen: Omit<Change, 'world'> = { written: [], refused: [], passes: 0 };
  readonly #run: ActivityRun;
  /** What a running check reports. */
  #check: object = { sentence: 'waiting for a change' };
  readonly #deps: AwaitChangeDeps;
  readonly #input: AwaitChangeInput;
  readonly #stop = new AbortController();
  readonly #stopWrites = new AbortController();
  /** Of everything but requests that write. */
  readonly #signal: AbortSignal;
  readonly #writeSignal: AbortSignal;
  readonly #endMs: number;

  constructor(deps: AwaitChangeDeps, input: AwaitChangeInput, run: ActivityRun) {
    const { signal, reported } = run;
    this.#deps = deps;
    this.#input = input;
    this.#run = run;
    this.seen.passes = (reported as { passes?: number } | undefined)?.passes ?? 0;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#writeSignal = AbortSignal.any([signal, this.#stopWrites.signal]);
    this.#endMs = performance.now() + input.forMs;
  }

  /** For people, and for an attempt after the death of this worker. */
  get progress(): unknown {
    return { ...this.#check, passes: this.seen.passes + (this.seen.interval ? 1 : 0) };
  }

  /** Resolves with the first part that has a reason to end the wait, once the others have ended too. */
  async end(): Promise<void> {
    const { until, again, check, forMs } = this.#input;
    const pods = until.filter((condition) => 'side' in condition);
    const parts = [
      sleep(forMs, this.#signal),
      ...again.map((write) => this.#insist(write)),
      ...(pods.length > 0 ? [this.#follow(pods)] : []),
      ...(pods.length < until.length ? [this.#untilTaken()] : []),
      ...(check ? [this.#checks(check)] : []),
    ];
    try {
      await Promise.race(parts);
    } catch (error) {
      if (!handsOn(this.#run.signal)) throw error;
    } finally {
      this.#stop.abort(SLICE_OVER);
      const late = setTimeout(() => this.#stopWrites.abort(), ANSWER_MS);
      await Promise.allSettled(parts);
      clearTimeout(late);
    }
  }

  async #follow(until: readonly PodCondition[]): Promise<void> {
    for (;;) {
      const stop = new AbortController();
      const signal = AbortSignal.any([this.#signal, stop.signal]);
      try {
        return await untilFulfilled(this.#deps.until(signal), this.#input, until, signal);
      } catch {
        await sleep(WATCH_AGAIN_MS, this.#signal);
      } finally {
        stop.abort();
      }
    }
  }

  /** Until the status of every route says that it is in force; what cannot be read is asked again. */
  async #untilTaken(): Promise<void> {
    for (;;) {
      const world = await look(this.#deps.until(this.#signal), this.#input).catch(() => undefined);
      if (world && holds({ routes: 'taken' }, world)) return;
      await sleep(LOOK_AGAIN_MS, this.#signal);
    }
  }

  /** Tries until the write is made, or refused for another reason. */
  async #insist(write: WriteAgain): Promise<void> {
    const { object } = write;
    for (let tries = 0; ; tries += 1) {
      const outcome = await this.#write(write);
      if ('result' in outcome) {
        this.seen.written.push({ object, result: outcome.result });
        return;
      }
      if (outcome.reason !== write.reason) {
        this.seen.refused.push({ object, reason: outcome.reason });
        return;
      }
      await sleep(TRY_AGAIN_MS[Math.min(tries, TRY_AGAIN_MS.length - 1)] ?? 0, this.#signal);
    }
  }

  async #write({ name, input }: WriteAgain): Promise<{ result: unknown } | { reason: string }> {
    const write = this.#deps.writes[name] as (client: KubeClient, input: WriteAgain['input']) => Promise<unknown>;
    try {
      const result = await write(this.#deps.until(this.#writeSignal), input);
      const refused = name === 'route' ? refusalOf(result as RouteResult) : undefined;
      return refused === undefined ? { result } : { reason: refused };
    } catch (error) {
      this.#writeSignal.throwIfAborted();
      return { reason: messageOf(error) };
    }
  }

  /** One interval after the other while they pass and another one fits. */
  async #checks(check: IntervalInput): Promise<void> {
    const first: IntervalInput = { ...check, soFar: soFarOf(this.#run.reported, check.soFar) };
    for (let input = first; ; input = nextInterval(input, this.seen.interval)) {
      const result = await this.#interval(input);
      if (!('verdict' in result)) return void Object.assign(this.seen, result);
      if (this.seen.interval) this.seen.passes += 1;
      this.seen.interval = result;
      if (result.verdict !== 'pass' || this.#endMs - performance.now() < input.durationMs) return;
    }
  }

  async #interval(input: IntervalInput): Promise<IntervalSlice> {
    const startMs = Date.now();
    const heartbeat = (details: unknown) => {
      this.#check = details as object;
      this.#run.heartbeat(this.progress);
    };
    const run = { ...this.#run, signal: this.#signal, heartbeat, reported: undefined };
    try {
      return await this.#deps.check(this.#deps.until(this.#signal), input, run);
    } catch (error) {
      await sleep(Math.max(0, startMs + CHECK_FLOOR_MS - Date.now()), this.#signal);
      const [from, to] = [startMs, Date.now()].map((ms) => new Date(ms).toISOString()) as [string, string];
      return { verdict: 'noAnswer', checks: [], requests: 0, canaryReady: 0, from, to, sentence: messageOf(error) };
    }
  }
}

function refusalOf(result: RouteResult): string | undefined {
  return result.kind === 'written' || result.kind === 'missing' ? undefined : result.sentence;
}

function nextInterval(input: IntervalInput, before: IntervalResult | undefined): IntervalInput {
  const { compare } = input;
  const { judge, pods } = before?.comparison ?? {};
  return {
    ...input,
    anew: false,
    soFar: undefined,
    ...(compare && { compare: { ...compare, ...(judge && { judge }), ...(pods && { pods }) } }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
