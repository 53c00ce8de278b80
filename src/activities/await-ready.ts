/**
 * Checklist lines 4 and 16: waits until one side runs the revision with enough ready pods. One watch of the Deployment; pods
 * are looked at only when it takes long, to say what is wrong and to give up early when waiting cannot help.
 */

import type { AwaitReadyInput, ReadyResult } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { Follower } from '../kubernetes/client/follower.ts';
import type { Deployment } from '../kubernetes/objects/deployments.ts';
import { isHeld } from '../kubernetes/objects/held.ts';
import { diagnose, listPods, type Pod, type Unready, type UnreadyCause } from '../kubernetes/objects/pods.ts';
import { type Readiness, readinessOf } from '../kubernetes/objects/readiness.ts';
import { deploymentRef, describeRef, podRef } from '../kubernetes/objects/refs.ts';
import { currentPodHash } from '../kubernetes/objects/replica-sets.ts';
import type { ActivityRun } from './support/activity.ts';
import { runningDigests } from './support/tested-image.ts';

export interface AwaitReadyDeps {
  client: KubeClient;
  /** How long a cause that rarely mends itself is given to do so, ms. Default 15 000. */
  graceMs?: number;
  /** Not ready for this long: pods are watched too, ms. Default 5 000. */
  lookAtPodsMs?: number;
}

const GRACE_MS = 15_000;
const LOOK_AT_PODS_MS = 5_000;
const HEARTBEAT_MS = 2_000;

/** What ends the wait when it lasts: a crash loop has had its tries already, the others get a while. */
const FATAL: Partial<Record<UnreadyCause, 'now' | 'grace'>> = {
  crash: 'now',
  image: 'grace',
  config: 'grace',
  quota: 'grace',
};

/** @throws ClusterError when the Deployment cannot be watched; pods that never get ready are an answer, not an error */
export async function awaitReady(deps: AwaitReadyDeps, input: AwaitReadyInput, run: ActivityRun): Promise<ReadyResult> {
  const stop = new AbortController();
  const wait = new Wait(deps, input, AbortSignal.any([run.signal, stop.signal]));
  try {
    for (;;) {
      run.signal.throwIfAborted();
      const result = await wait.look();
      if (result) return result;
      run.heartbeat(wait.sentence);
      await wait.change();
    }
  } finally {
    stop.abort();
  }
}

class Wait {
  sentence = 'waiting for the first answer of the API server';
  readonly #client: KubeClient;
  readonly #input: AwaitReadyInput;
  readonly #signal: AbortSignal;
  readonly #graceMs: number;
  readonly #lookAtPodsMs: number;
  readonly #deployment: Follower<Deployment | undefined>;
  readonly #begin = performance.now();
  #pods: Follower<Pod[]> | undefined;
  #readySince: number | undefined;
  /** Since when the same fatal cause lasts. */
  #stuck: { cause: UnreadyCause; since: number } | undefined;

  constructor({ client, graceMs, lookAtPodsMs }: AwaitReadyDeps, input: AwaitReadyInput, signal: AbortSignal) {
    this.#client = client;
    this.#input = input;
    this.#signal = signal;
    this.#graceMs = graceMs ?? GRACE_MS;
    this.#lookAtPodsMs = lookAtPodsMs ?? LOOK_AT_PODS_MS;
    this.#deployment = new Follower(client.follow<Deployment>(this.#ref(), signal, () => true));
  }

  /** Sleeps until something may have changed. */
  change(): Promise<void> {
    const now = performance.now();
    const ends = [
      this.#begin + this.#input.timeoutMs,
      (this.#readySince ?? Number.POSITIVE_INFINITY) + this.#input.stableMs,
    ];
    return this.#deployment.change(Math.min(HEARTBEAT_MS, ...ends.map((end) => end - now).filter((ms) => ms > 0)));
  }

  /** @returns the end of the wait, if this is it */
  async look(): Promise<ReadyResult | undefined> {
    const deployment = this.#deployment.latest;
    const state = deployment && readinessOf(deployment, this.#input.revision, this.#input.replicas);
    if (deployment && state?.ready) return this.#whenReady(deployment, state);
    this.#readySince = undefined;
    const elapsed = performance.now() - this.#begin;
    const trouble = this.#trouble(deployment, state, elapsed);
    this.sentence = trouble.sentence;
    if (this.#isHopeless(trouble)) return { ...this.#notReady(state, trouble.sentence), hopeless: true };
    if (elapsed < this.#input.timeoutMs) return undefined;
    return this.#notReady(state, `${await this.#explain(deployment, trouble)} after ${seconds(elapsed)}`);
  }

  async #whenReady(deployment: Deployment, { replicas, sentence }: Readiness): Promise<ReadyResult | undefined> {
    this.#stuck = undefined;
    this.sentence = sentence;
    const now = performance.now();
    this.#readySince ??= now;
    if (now - this.#readySince < this.#input.stableMs) return undefined;
    if (this.#input.side === 'primary') return { ready: true, replicas, podHash: '', sentence };
    const podHash = await currentPodHash(this.#client, deployment);
    if (podHash === undefined) return undefined;
    const ran = await runningDigests(this.#client, deployment, deployment.spec.template);
    return { ready: true, replicas, podHash, sentence, ...(isHeld(deployment) && { held: true }), ran };
  }

  /** What is known without asking: the Deployment's own conditions, and its pods once they are watched. */
  #trouble(deployment: Deployment | undefined, state: Readiness | undefined, elapsed: number): Unready {
    if (!deployment || !state) {
      const ref = describeRef(this.#ref());
      return this.#deployment.known
        ? { cause: 'config', sentence: `${ref} does not exist` }
        : { cause: 'waiting', sentence: `looking at ${ref}` };
    }
    if (elapsed > this.#lookAtPodsMs) this.#pods ??= this.#followPods(deployment);
    const found = diagnose(this.#pods?.latest ?? [], deployment);
    return found.cause === 'waiting' ? { cause: 'waiting', sentence: state.sentence } : found;
  }

  #isHopeless({ cause }: Unready): boolean {
    const now = performance.now();
    const kind = FATAL[cause];
    if (!kind) this.#stuck = undefined;
    else if (this.#stuck?.cause !== cause) this.#stuck = { cause, since: now };
    return kind === 'now' || (this.#stuck !== undefined && now - this.#stuck.since >= this.#graceMs);
  }

  /** The last word before giving up: pods that nobody has looked at yet are listed once. */
  async #explain(deployment: Deployment | undefined, trouble: Unready): Promise<string> {
    if (!deployment || this.#pods) return trouble.sentence;
    const found = diagnose(await listPods(this.#client, deployment), deployment);
    return found.cause === 'waiting' ? trouble.sentence : found.sentence;
  }

  #followPods({ spec }: Deployment): Follower<Pod[]> {
    return new Follower(this.#client.followAll<Pod>(podRef(this.#input.plan.namespace), spec.selector, this.#signal));
  }

  #notReady(state: Readiness | undefined, sentence: string): Extract<ReadyResult, { ready: false }> {
    return { ready: false, replicas: state?.replicas ?? 0, sentence };
  }

  #ref() {
    const { plan, side } = this.#input;
    return deploymentRef(plan.namespace, plan.workload[side]);
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
