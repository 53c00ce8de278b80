import type { IntervalInput } from '../../contract/activities.ts';
import type { JudgeState } from '../../judge/compare/state.ts';
import type { Looks } from '../../judge/comparison.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { Follower } from '../../kubernetes/client/follower.ts';
import { getDeployment } from '../../kubernetes/objects/deployments.ts';
import type { Pod } from '../../kubernetes/objects/pods.ts';
import { podRef } from '../../kubernetes/objects/refs.ts';
import { type OwnSeries, ownSeriesOf } from '../../metrics/pods/own-series.ts';
import { PodPages } from '../../metrics/pods/pod-pages.ts';
import { type PodAddress, PodSampler } from '../../metrics/pods/pod-sampler.ts';
import { hasAddress, originOf } from './canary-pods.ts';
import { sleep } from './sleep.ts';

/** Between two looks, ms. */
const EVERY_MS = 1_000;
/** After something that cannot be, ms. */
const AGAIN_MS = 5_000;
/** More pods of an arm are not asked: what is in few of many is for Prometheus to find. */
const MOST_PODS = 20;

/** Looks at what both arms' pods count themselves, every second until the signal aborts: no scrape stands between a failure and the abort. */
export class PodLooks {
  /** Resolves with a sentence when the canary is proven worse; otherwise stays open. */
  readonly worse: Promise<string>;
  readonly #looks: Looks;
  readonly #series: OwnSeries;
  readonly #containers: string[] | undefined;
  readonly #sampler: PodSampler;
  #problem: string | undefined;

  constructor(
    { client, pages = new PodPages() }: { client: KubeClient; pages?: PodPages },
    input: IntervalInput,
    looks: Looks,
    signal: AbortSignal,
  ) {
    const { pods = {}, series } = input.plan.analysis;
    this.#looks = looks;
    this.#series = ownSeriesOf(pods, series);
    this.#containers = input.plan.workload.containers;
    this.#sampler = new PodSampler(pages, this.#series);
    this.worse = this.#insist(client, input, signal);
    // nobody listens any more when it ends with its signal
    this.worse.catch(() => {});
  }

  get soFar(): JudgeState {
    return this.#looks.soFar;
  }

  /** What could not be read, in words: never a failure. */
  get unread(): string | undefined {
    return this.#problem ?? this.#sampler.unread;
  }

  async #insist(client: KubeClient, input: IntervalInput, signal: AbortSignal): Promise<string> {
    for (;;) {
      const stop = new AbortController();
      try {
        return await this.#run(client, input, AbortSignal.any([signal, stop.signal]));
      } catch (error) {
        signal.throwIfAborted();
        this.#problem = `nothing was read (${error instanceof Error ? error.message : String(error)})`;
        await sleep(AGAIN_MS, signal);
      } finally {
        stop.abort();
      }
    }
  }

  async #run(client: KubeClient, { plan, podHash }: IntervalInput, signal: AbortSignal): Promise<string> {
    const primary = await getDeployment(client, plan.namespace, plan.workload.primary);
    const follow = (selector: Parameters<KubeClient['followAll']>[1]) =>
      new Follower(client.followAll<Pod>(podRef(plan.namespace), selector, signal));
    const canaryLabels = { ...plan.workload.canaryLabels, 'pod-template-hash': podHash };
    const arms = { canary: follow({ matchLabels: canaryLabels }), primary: primary && follow(primary.spec.selector) };
    for (;;) {
      const startMs = performance.now();
      const canary = arms.canary.latest ?? [];
      const names = new Set(canary.map(({ metadata }) => metadata.name));
      const others = (arms.primary?.latest ?? []).filter(({ metadata }) => !names.has(metadata.name));
      await this.#sampler.sample([...this.#addresses('canary', canary), ...this.#addresses('primary', others)], signal);
      const { verdict, sentence } = this.#looks.look(new Date().toISOString(), this.#sampler.tick());
      if (verdict === 'abort') return sentence;
      this.#problem = undefined;
      await sleep(Math.max(0, startMs + EVERY_MS - performance.now()), signal);
    }
  }

  #addresses(arm: PodAddress['arm'], pods: readonly Pod[]): PodAddress[] {
    const { port, path } = this.#series;
    const url = (pod: Pod) => `${originOf(pod, port, this.#containers)}${path}`;
    return pods
      .filter((pod) => pod.metadata.deletionTimestamp === undefined && hasAddress(pod))
      .slice(0, MOST_PODS)
      .map((pod) => ({ arm, name: pod.metadata.name, url: url(pod) }));
  }
}
