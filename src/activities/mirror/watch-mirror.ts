/** Watches a mirror that is on: its numbers, whether anybody is left to copy to, and whether its fields are still ours. */

import { describeDestination, type MirrorNumbers } from '../../contract/mirror.ts';
import type {
  MirrorProgress,
  MirrorWatched,
  MirrorWatchInput,
  PodSelection,
} from '../../contract/mirror-activities.ts';
import { plural } from '../../contract/words.ts';
import type { KubeClient, KubeObject, Ref } from '../../kubernetes/client/client.ts';
import { Follower } from '../../kubernetes/client/follower.ts';
import { isReady, type Pod } from '../../kubernetes/objects/pods.ts';
import { describeRef, podRef } from '../../kubernetes/objects/refs.ts';
import { resolveRoute } from '../../routers/index.ts';
import { mirrorChanged } from '../../routers/mirror/index.ts';
import { listSelected } from '../../routers/mirror/target.ts';
import type { ActivityRun } from '../support/activity.ts';
import { sleep } from '../support/sleep.ts';
import { type MirrorNumbersDeps, numbersOf, openSeries } from './measure-mirror.ts';

interface MirrorWatchDeps extends MirrorNumbersDeps {
  client: KubeClient;
  /** Without a ready pod for this long the target is lost, ms. Default 5 000. */
  lostAfterMs?: number;
  /** ms between two looks at the numbers. Default 5 000. */
  numbersEveryMs?: number;
}

const LOST_AFTER_MS = 5_000;
const NUMBERS_EVERY_MS = 5_000;
/** Without news there is a look this often, ms: heartbeats, and ends that are near. */
const LOOK_MS = 1_000;

/** @throws ClusterError when route or pods cannot be watched; trouble with Prometheus is told and ends nothing */
export async function watchMirror(
  deps: MirrorWatchDeps,
  input: MirrorWatchInput,
  run: ActivityRun,
): Promise<MirrorWatched> {
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const numbers = new NumbersLoop(deps, input, signal);
  try {
    const { ref } = await resolveRoute(deps.client, input.spec.route);
    const route = new RouteWatch(deps.client, ref, input, signal);
    const pods = input.placement.pods && new PodsWatch(deps, input.placement.pods, signal);
    const endMs = Date.now() + input.durationMs;
    for (;;) {
      run.signal.throwIfAborted();
      const changed = route.look();
      if (changed) return { kind: 'changed', sentence: changed, ...numbers.last };
      if (await pods?.lost()) return { kind: 'target-lost', sentence: lostWords(deps, input), ...numbers.last };
      if (Date.now() >= endMs) return { kind: 'still', ...numbers.last };
      const progress: MirrorProgress = { sentence: pods?.sentence ?? 'The target is not watched', ...numbers.last };
      run.heartbeat(progress);
      await Promise.race([route.change(LOOK_MS), ...(pods ? [pods.change(LOOK_MS)] : [])]);
    }
  } finally {
    stop.abort();
  }
}

function lostWords({ lostAfterMs = LOST_AFTER_MS }: MirrorWatchDeps, { placement }: MirrorWatchInput): string {
  return `no pod behind ${describeDestination(placement.to)} has been ready for ${lostAfterMs / 1000} s`;
}

class RouteWatch {
  readonly #ref: Ref;
  readonly #input: MirrorWatchInput;
  readonly #follower: Follower<KubeObject | undefined>;

  constructor(client: KubeClient, ref: Ref, input: MirrorWatchInput, signal: AbortSignal) {
    this.#ref = ref;
    this.#input = input;
    this.#follower = new Follower(client.follow(ref, signal));
  }

  change(ms: number): Promise<void> {
    return this.#follower.change(ms);
  }

  /** @returns what is not ours any more */
  look(): string | undefined {
    const object = this.#follower.latest;
    if (object) return mirrorChanged(object, this.#ref, this.#input, this.#input.fence);
    return this.#follower.known ? `${describeRef(this.#ref)} does not exist any more: somebody deleted it` : undefined;
  }
}

class PodsWatch {
  readonly #deps: MirrorWatchDeps;
  readonly #pods: PodSelection;
  readonly #follower: Follower<Pod[]>;
  #unreadySince: number | undefined;

  constructor(deps: MirrorWatchDeps, pods: PodSelection, signal: AbortSignal) {
    this.#deps = deps;
    this.#pods = pods;
    const selector = { matchLabels: pods.labels };
    this.#follower = new Follower(deps.client.followAll<Pod>(podRef(pods.namespace), selector, signal));
  }

  get #ready(): number {
    const pods = this.#follower.latest ?? [];
    return pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
  }

  get sentence(): string {
    if (!this.#follower.known) return 'No pod of the target is known yet';
    return this.#ready === 0 ? 'No pod of the target is ready' : `The target has ${plural(this.#ready, 'ready pod')}`;
  }

  change(ms: number): Promise<void> {
    return this.#follower.change(ms);
  }

  async lost(): Promise<boolean> {
    const now = Date.now();
    if (this.#ready > 0) {
      this.#unreadySince = undefined;
      return false;
    }
    this.#unreadySince ??= now;
    if (now - this.#unreadySince < (this.#deps.lostAfterMs ?? LOST_AFTER_MS)) return false;
    // the watch may be late: the last word has a list
    const pods = await listSelected(this.#deps.client, this.#pods);
    if (!pods.some(isReady)) return true;
    this.#unreadySince = undefined;
    return false;
  }
}

/** Reads the numbers beside the watch, so that a slow Prometheus delays nothing. */
class NumbersLoop {
  #numbers: MirrorNumbers | undefined;

  constructor(deps: MirrorWatchDeps, input: MirrorWatchInput, signal: AbortSignal) {
    this.#loop(deps, input, signal).catch(() => undefined);
  }

  get last(): { numbers?: MirrorNumbers } {
    return this.#numbers ? { numbers: this.#numbers } : {};
  }

  async #loop(deps: MirrorWatchDeps, input: MirrorWatchInput, signal: AbortSignal): Promise<void> {
    const series = openSeries(deps, input);
    while (!signal.aborted) {
      await series.readTo(Date.now(), signal);
      this.#numbers = numbersOf(series, input, input.since, new Date().toISOString());
      await sleep(deps.numbersEveryMs ?? NUMBERS_EVERY_MS, signal);
    }
  }
}
