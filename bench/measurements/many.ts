/**
 * Hundreds of rollouts on one worker, in two namespaces: half wait before their start, half with a fifth of their users on the canary
 * in intervals of five minutes, and some always step. Among them: how long the next one takes to start, an abort to take users back,
 * and what all of it costs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../src/kubernetes/index.ts';
import { BenchBed, eachOf, load } from '../lib/bed.ts';
import { now } from '../lib/clock.ts';
import { FakeMesh } from '../lib/fake-mesh.ts';
import { Observer, wantedReplicas } from '../lib/observer.ts';
import { reportText } from '../lib/report.ts';
import type { MeasureOptions, Result, Use } from '../lib/result.ts';
import { summarize } from '../lib/statistics.ts';
import { type BenchTarget, canaryRef, IMAGE, newTarget } from '../lib/target.ts';
import { observe } from '../lib/use.ts';
import { abortOne, isWaiting, untilWaiting } from './abort-to-zero.ts';

const START_TARGET_MS = 2_000;
const ABORT_TARGET_MS = 150;
const OBSERVE_MS = 60_000;
const STEPPING = 20;
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;
/** So many that come late show what is to be seen. */
const TOO_MANY = 8;

const NAMESPACES = ['a', 'b'].map((name) => `many-${process.pid}-${name}`);

const EXPOSED = { shift: { weights: [20, 100], every: '5m' } };
const NOT_YET = { ...EXPOSED, freezes: [{ from: '2020-01-01', to: '2099-12-31', zone: 'UTC', reason: 'bench' }] };
const STEPS = { shift: { weights: [20, 60, 100], every: '10s' } };

export async function many({ count, rollouts, tidy, say }: MeasureOptions): Promise<Result[]> {
  const bed = await BenchBed.open();
  try {
    const mesh = await FakeMesh.start(bed.node, bed.signal);
    for (const name of NAMESPACES) void mesh.follow(bed.client, name, bed.signal).catch(() => undefined);
    const scene = new Scene(bed, say);
    await scene.create(Math.max(...rollouts), rollouts.length * (count + 1));
    const results: Result[] = [await scene.atRest()];
    scene.keepStepping();
    for (const wanted of rollouts) {
      const waiting = await scene.bring(wanted);
      results.push(...(await scene.measure(waiting, wanted, count)));
    }
    return results;
  } finally {
    await bed.close({ tidy });
  }
}

class Scene {
  readonly #bed: BenchBed;
  readonly #say: (line: string) => void;
  readonly #waiting: BenchTarget[] = [];
  readonly #next: BenchTarget[] = [];
  readonly #stepping: BenchTarget[] = [];
  #brought = 0;
  #finished = 0;

  constructor(bed: BenchBed, say: (line: string) => void) {
    this.#bed = bed;
    this.#say = say;
  }

  async create(waiting: number, next: number): Promise<void> {
    const make = (kind: string, index: number, spec: object) => {
      const namespace = NAMESPACES[index % 2] as string;
      return newTarget({ namespace, app: `${kind}-${index}`, prometheus: this.#bed.lab.prometheus, spec });
    };
    const some = (kind: string, length: number, spec: (index: number) => object) =>
      Array.from({ length }, (_, index) => make(kind, index, spec(index)));
    this.#waiting.push(...some('wait', waiting, (index) => (index % 4 < 2 ? EXPOSED : NOT_YET)));
    this.#next.push(...some('next', next, () => EXPOSED));
    this.#stepping.push(...some('step', STEPPING, () => STEPS));
    const all = [...this.#stepping, ...this.#next, ...this.#waiting];
    for (let done = 0; done < all.length; done += 100) {
      this.#say(`${done} of ${all.length} apps are made`);
      await this.#bed.make(all.slice(done, done + 100));
    }
  }

  /** A server that knows every plan, and a worker, with nothing to do. */
  async atRest(): Promise<Result> {
    const plans = [...this.#waiting, ...this.#next, ...this.#stepping];
    await this.#bed.startServer(plans);
    this.#say(`at rest with ${plans.length} plans: observed for ${(2 * OBSERVE_MS) / 1_000} s`);
    const server = await observe(this.#bed, OBSERVE_MS, this.#bed.serverPid);
    const worker = await observe(this.#bed, OBSERVE_MS);
    const requests = [server, worker].map((use) => use.requestsPerMinute + use.queriesPerMinute + use.connections);
    const note = `server: ${server.residentMiB.toFixed(0)} MiB, ${server.cpuPercent.toFixed(1)} % of one processor`;
    return this.#result(`requests and connections at rest, ${plans.length} plans`, 1, requests, { use: worker, note });
  }

  /** Twenty lanes in which one rollout follows the other, to the end of the measurement. */
  keepStepping(): void {
    const { signal } = this.#bed;
    for (const target of this.#stepping) {
      const lane = async () => {
        for (let version = 2; !signal.aborted; version += 1) {
          await this.#deliver(target, `${IMAGE}:v${version}`);
          const { outcome } = await this.#bed.sluice.result(target.plan);
          if (outcome?.kind !== 'promoted')
            throw new Error(`${target.plan.name}: ${outcome?.kind}, ${outcome?.reason}`);
          this.#finished += 1;
        }
      };
      lane().catch((error: unknown) => signal.aborted || this.#say(`a lane of steps ended: ${error}`));
    }
  }

  /** @returns those that wait as they should, when `wanted` were started */
  async bring(wanted: number): Promise<BenchTarget[]> {
    const fresh = this.#waiting.slice(this.#brought, wanted);
    const begun = now();
    const late: string[] = [];
    let done = 0;
    await eachOf(fresh, async (target) => {
      if (late.length >= TOO_MANY) return;
      await this.#begin(target).catch((error: unknown) => late.push(String(error)));
      done += 1;
      if (done % 50 === 0) this.#say(`${done} of ${fresh.length} more rollouts wait`);
    });
    this.#brought = wanted;
    this.#say(
      `${wanted} wait after ${((now() - begun) / 1_000).toFixed(0)} s; ${late.length} came late: ${late[0] ?? ''}`,
    );
    return this.#waiting.slice(0, wanted);
  }

  async #begin(target: BenchTarget): Promise<void> {
    await this.#deliver(target, `${IMAGE}:v2`);
    if (isExposed(target)) await untilWaiting(this.#bed, target);
  }

  async measure(waiting: BenchTarget[], size: number, count: number): Promise<Result[]> {
    this.#say(`${size} wait: observed for ${OBSERVE_MS / 1_000} s`);
    const finished = this.#finished;
    const use = await observe(this.#bed, OBSERVE_MS);
    const stepped = this.#finished - finished;
    const fresh = this.#next.splice(0, count + 1);
    const starts: number[] = [];
    const aborts: number[] = [];
    const missed: string[] = [];
    for (const [index, target] of fresh.entries()) {
      if (missed.length >= TOO_MANY) break;
      await sleep(PAUSE_MS);
      const [started, aborted] = await this.#startAndAbort(target).catch((error: unknown) => {
        missed.push(String(error));
        return [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
      });
      // the first warms up
      if (index === 0) continue;
      starts.push(started);
      aborts.push(aborted);
      this.#say(
        `${size} wait: ${index} of ${count} started and aborted, ${started.toFixed(0)} and ${aborted.toFixed(0)} ms`,
      );
    }
    if (missed.length > 0) this.#say(`${missed.length} were not started and aborted in time: ${missed[0]}`);
    const { ended, stuck } = await this.#census(waiting);
    const note = `${stuck} of ${waiting.length} are stuck, ${ended} have passed their weights and ended; ${stepped} rollouts went through all steps in a minute beside them`;
    return [
      this.#result(`start of the next beside ${size}`, START_TARGET_MS, starts, { use, note }),
      this.#result(`abort beside ${size}`, ABORT_TARGET_MS, aborts, {}),
    ];
  }

  /** @returns how long each took, ms */
  async #startAndAbort(target: BenchTarget): Promise<readonly [number, number]> {
    const started = await this.#startOne(target);
    await untilWaiting(this.#bed, target);
    const { sentAt, seenAt } = await abortOne(this.#bed, target);
    return [started, seenAt - sentAt];
  }

  async #startOne(target: BenchTarget): Promise<number> {
    const stop = new AbortController();
    const canary = new Observer<KubeObject>(this.#bed.client, canaryRef(target), stop.signal);
    const sentAt = now();
    const [seenAt] = await Promise.all([
      canary.until((seen) => wantedReplicas(seen) > 0),
      this.#deliver(target, `${IMAGE}:v2`),
    ]);
    stop.abort();
    return seenAt - sentAt;
  }

  async #deliver({ plan }: BenchTarget, image: string): Promise<void> {
    const { status, reason } = await this.#bed.sluice.deliver(plan, image, undefined, PATIENCE_MS);
    if (status !== 'started' && status !== 'pending') throw new Error(`${plan.name}: ${status}, ${reason}`);
  }

  /** How many wait as they should, went on to their end, or are stuck: nothing watches them. */
  async #census(waiting: readonly BenchTarget[]): Promise<{ ended: number; stuck: number }> {
    let [ended, stuck] = [0, 0];
    await eachOf(waiting, async (target) => {
      if (await this.#hasEnded(target)) ended += 1;
      else if (isExposed(target) && !(await isWaiting(this.#bed, target))) stuck += 1;
    });
    return { ended, stuck };
  }

  async #hasEnded({ plan }: BenchTarget): Promise<boolean> {
    return (await this.#bed.sluice.handle(plan).describe()).status.name !== 'RUNNING';
  }

  #result(setting: string, target: number, samples: number[], { use, note }: { use?: Use; note?: string }): Result {
    const loads: Result['load'] = [load(), load()];
    const result: Result = {
      name: 'many',
      setting,
      target,
      ...summarize(samples),
      samples,
      load: loads,
      phases: [],
      ...(use && { waiting: use }),
      ...(note && { note }),
    };
    // a measurement of half an hour may be broken off: what is known is told at once
    this.#say(reportText([result]));
    return result;
  }
}

function isExposed({ plan }: BenchTarget): boolean {
  return !plan.freezes?.length;
}
