/** What becomes of a revision's pods in an interval, added up from one sight of them to the next. Pure. */
import type { PodSoFar } from '../../contract/slice.ts';
import type { PodsSeen } from '../../judge/window.ts';
import {
  containersOf,
  hinderedContainers,
  isReady,
  type Pod,
  type PodContainer,
} from '../../kubernetes/objects/pods.ts';

export class PodTally {
  readonly #startMs: number;
  readonly #records: Map<string, PodSoFar>;
  /** Since when a pod is not ready. */
  readonly #unreadySince = new Map<string, number>();
  /** The next sight is the first of the interval: what containers did before it does not count. */
  #first: boolean;
  #latest: Pod[] | undefined;

  /** @param startMs of the interval  @param soFar of the slice before; absent: the interval begins */
  constructor(startMs: number, soFar?: Record<string, PodSoFar>) {
    this.#startMs = startMs;
    this.#first = soFar === undefined;
    this.#records = new Map(Object.entries(soFar ?? {}));
  }

  /** All pods of the revision as they are at one moment; those that are not among them any more are gone. */
  see(pods: readonly Pod[], atMs: number): void {
    for (const [name, since] of this.#unreadySince) this.#record(name).unreadyMs = this.#unready(name, since, atMs);
    this.#unreadySince.clear();
    for (const pod of pods.filter(isLiving)) {
      const record = this.#record(pod.metadata.name, this.#latest !== undefined && !isReady(pod));
      for (const status of containersOf(pod)) noteEnds(record, status, this.#first);
      if (isReady(pod)) delete record.starting;
      else if (!record.starting) this.#unreadySince.set(pod.metadata.name, atMs);
    }
    this.#latest = [...pods];
    this.#first = false;
  }

  /** Undefined: no pods were seen in this slice. */
  seen(nowMs: number): PodsSeen | undefined {
    if (!this.#latest) return undefined;
    const records = [...this.#records];
    const living = this.#latest.filter(isLiving);
    const ready = records.map(([pod]) => ({ pod, percent: this.#readyPercent(pod, nowMs) }));
    return {
      pods: living.length,
      ended: records.flatMap(([pod, record]) => endedIn(pod, record)),
      broken: living.flatMap(hinderedContainers),
      leastReady: ready.toSorted((a, b) => a.percent - b.percent)[0],
    };
  }

  /** To go on from in another slice: nothing of pods of which there is nothing to say. */
  soFar(nowMs: number): Record<string, PodSoFar> {
    const all = [...this.#records].map(([name, record]): [string, PodSoFar] => {
      const since = this.#unreadySince.get(name);
      return [name, { ...record, ...(since !== undefined && { unreadyMs: this.#unready(name, since, nowMs) }) }];
    });
    return Object.fromEntries(all.filter(([, record]) => Object.keys(record).length > 0));
  }

  /** @param starting a pod that is not known yet came while others were watched: its start is no failure */
  #record(name: string, starting = false): PodSoFar {
    const record = this.#records.get(name) ?? (starting ? { starting } : {});
    this.#records.set(name, record);
    return record;
  }

  #unready(name: string, sinceMs: number, nowMs: number): number {
    return (this.#records.get(name)?.unreadyMs ?? 0) + Math.max(0, nowMs - sinceMs);
  }

  #readyPercent(name: string, nowMs: number): number {
    const unreadyMs = this.#unready(name, this.#unreadySince.get(name) ?? nowMs, nowMs);
    return 100 - (100 * unreadyMs) / Math.max(1, nowMs - this.#startMs);
  }
}

/** What is being deleted ends as it should, and a failed pod was ended by its node: evicted, or gone with it. */
function isLiving({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
}

function endedIn(pod: string, { before = {}, ends = {}, killed = [] }: PodSoFar): PodsSeen['ended'] {
  // a container may be called `constructor`
  const had = new Map(Object.entries(before));
  const ended = Object.entries(ends).map(([name, count]) => ({
    container: `${name} of ${pod}${killed.includes(name) ? ' (out of memory)' : ''}`,
    times: count - (had.get(name) ?? 0),
  }));
  return ended.filter(({ times }) => times > 0);
}

function noteEnds(record: PodSoFar, status: PodContainer, first: boolean): void {
  const { name, restartCount, state = {}, lastState } = status;
  const { waiting, terminated } = state;
  // once more than it was started again, unless it runs; an init container that is done has not failed
  const over = terminated ? terminated.exitCode !== 0 : waiting !== undefined && lastState?.terminated !== undefined;
  const ends = restartCount + (over ? 1 : 0);
  if (ends <= (new Map(Object.entries(record.ends ?? {})).get(name) ?? 0)) return;
  record.ends = { ...record.ends, [name]: ends };
  if (first) record.before = record.ends;
  else if ((terminated ?? lastState?.terminated)?.reason === 'OOMKilled')
    record.killed = [...new Set([...(record.killed ?? []), name])];
}
