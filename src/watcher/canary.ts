/**
 * One canary of a plan with `source: canary`: whenever it or what it reads changes, it is looked at afresh, and what differs from what is
 * noted on it is offered. What was missed while nobody watched is still different, so nothing is lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { OfferAnswer } from '../contract/offer.ts';
import type { TargetPlan } from '../contract/plan-parts.ts';
import type { KubeClient, KubeObject, Ref } from '../kubernetes/index.ts';
import { annotation, OFFERED } from '../kubernetes/objects/annotations.ts';
import { type RevisionKey, readConfig } from '../kubernetes/objects/config.ts';
import { configUses } from '../kubernetes/objects/config-uses.ts';
import { type Deployment, getDeployment, lastWriter } from '../kubernetes/objects/deployments.ts';
import { isMarked, markOf, offeredOf } from '../kubernetes/objects/mark.ts';
import { allContainers } from '../kubernetes/objects/pod-template.ts';
import { configMapRef, deploymentRef, describeRef, secretRef } from '../kubernetes/objects/refs.ts';

/** What is offered of a canary. */
export interface CanaryOffer {
  /** The same for the same content at the same count: taken once. */
  id: string;
  mark: string;
  /** Which images, and who wrote it last. */
  reason: string;
}

export interface CanaryWatchDeps {
  client: KubeClient;
  plan: Pick<TargetPlan, 'name' | 'namespace' | 'workload'>;
  revisionKeys(): Promise<RevisionKey[]>;
  /** @returns undefined: the plan is not there any more */
  offer(offer: CanaryOffer): Promise<OfferAnswer | undefined>;
  log: Logger;
  /** Before what was refused is offered again, and what was taken and is not noted, ms; doubles up to an hour. Default 30 s, 10 min. */
  againMs?: { refused: number; taken: number };
}

const AGAIN_MS = { refused: 30_000, taken: 600_000 };
const LONGEST_MS = 3_600_000;
/** After a look that failed, ms; doubles up to half a minute. */
const FAILED_MS = 1_000;
/** What may be read and not be watched is read so often, ms. */
const UNWATCHED_MS = 30_000;

/** An offer of what was there. */
interface Tried {
  mark: string;
  /** Of the Deployment, with its uid. */
  generation: string;
  /** What was noted then. */
  noted: string;
  times: number;
  /** When it is offered again, ms of our own clock. */
  at: number;
}

/** Until the signal aborts; what fails is said and tried again. */
export async function watchCanary(deps: CanaryWatchDeps, signal: AbortSignal): Promise<void> {
  const watch = new CanaryWatch(deps, signal);
  let failures = 0;
  while (!signal.aborted) {
    let waitMs: number | undefined;
    try {
      waitMs = await watch.look();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      waitMs = Math.min(FAILED_MS * 2 ** failures, UNWATCHED_MS);
      failures += 1;
      deps.log.warn({ plan: watch.name, err: error }, 'a canary cannot be looked at');
    }
    await watch.change(waitMs);
  }
}

class CanaryWatch {
  readonly name: string;
  readonly #deps: CanaryWatchDeps;
  readonly #signal: AbortSignal;
  readonly #watched = new Map<string, AbortController>();
  #changed = false;
  #wake = () => {};
  #tried: Tried | undefined;
  #said = '';

  constructor(deps: CanaryWatchDeps, signal: AbortSignal) {
    const { namespace, name, workload } = deps.plan;
    this.#deps = deps;
    this.#signal = signal;
    this.name = `${namespace}/${name}`;
    const tell = () => {
      this.#changed = true;
      this.#wake();
    };
    void this.#follow(deploymentRef(namespace, workload.canary), signal, tell);
    signal.addEventListener('abort', () => this.#wake());
  }

  /** Resolves with the next change. @param ms at the latest; default: whenever it comes */
  async change(ms = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#changed || this.#signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (Number.isFinite(ms)) timer = setTimeout(resolve, Math.max(0, ms));
    });
    clearTimeout(timer);
  }

  /** @returns ms until it is to be looked at again without a change; undefined: not before one */
  async look(): Promise<number | undefined> {
    this.#changed = false;
    const { client, plan, revisionKeys } = this.#deps;
    const canary = await getDeployment(client, plan.namespace, plan.workload.canary);
    this.#watchConfig(canary);
    if (!canary || canary.metadata.deletionTimestamp) return undefined;
    const { template } = canary.spec;
    const config = await readConfig(client, plan.namespace, template, await revisionKeys());
    const [unread] = config.problems;
    if (unread) return this.#say(`${unread.where}: ${unread.problem}; ${unread.remedy}`, UNWATCHED_MS);
    const noted = offeredOf(canary);
    if (isMarked(noted.mark, template, config)) {
      this.#tried = undefined;
      return this.#say('', undefined);
    }
    return this.#offer(canary, markOf(template, config));
  }

  async #offer(canary: Deployment, mark: string): Promise<number | undefined> {
    const { offer, log, againMs = AGAIN_MS } = this.#deps;
    const { uid = '', generation } = canary.metadata;
    const { count, mark: noted } = offeredOf(canary);
    const fresh: Tried = { mark, generation: `${uid} ${generation}`, noted, times: 0, at: 0 };
    if (this.#tried?.mark === mark && this.#tried.noted !== noted && this.#tried.generation === fresh.generation)
      return this.#say(
        `the worker noted ${noted} where ${mark} is seen here: give both the same rights and revisionKeys`,
        undefined,
      );
    if (this.#tried?.mark !== mark || this.#tried.noted !== noted) this.#tried = fresh;
    const tried = this.#tried;
    const left = tried.at - performance.now();
    if (left > 0) return left;
    const again = tried.times > 0 ? `.${Date.now().toString(36)}` : '';
    const id = `${uid}.${count}.${mark.replaceAll('/', '.')}${again}`;
    const answer = await offer({ id, mark, reason: reasonOf(canary) });
    if (!answer) return undefined;
    const waitMs = answer.status === 'rejected' ? againMs.refused : againMs.taken;
    tried.at = performance.now() + Math.min(waitMs * 2 ** tried.times, LONGEST_MS);
    tried.times += 1;
    const { status, rollout, reason } = answer;
    log.info(
      { plan: this.name, delivery: id, status, ...(rollout && { rollout }), ...(reason && { reason }) },
      'offered',
    );
    return tried.at - performance.now();
  }

  /** Once for each that is in the way. */
  #say(sentence: string, waitMs: number | undefined): number | undefined {
    if (sentence && sentence !== this.#said) this.#deps.log.warn({ plan: this.name }, sentence);
    this.#said = sentence;
    return waitMs;
  }

  /** What the template uses now, and nothing else. */
  #watchConfig(canary: Deployment | undefined): void {
    const { namespace } = this.#deps.plan;
    const uses = canary ? configUses(canary.spec.template) : [];
    const refs = uses.map(({ kind, name }) => (kind === 'ConfigMap' ? configMapRef : secretRef)(namespace, name));
    const wanted = new Map(refs.map((ref) => [describeRef(ref), ref]));
    for (const [key, stop] of this.#watched) {
      if (wanted.has(key)) continue;
      stop.abort();
      this.#watched.delete(key);
    }
    for (const [key, ref] of wanted) {
      if (this.#watched.has(key)) continue;
      const stop = new AbortController();
      this.#watched.set(key, stop);
      const tell = () => {
        this.#changed = true;
        this.#wake();
      };
      void this.#follow(ref, AbortSignal.any([this.#signal, stop.signal]), tell);
    }
  }

  /** What is not news for a revision wakes nobody. One that may not be watched is looked at from time to time. */
  async #follow(ref: Ref, signal: AbortSignal, tell: () => void): Promise<void> {
    let last: string | undefined;
    while (!signal.aborted) {
      try {
        for await (const seen of this.#deps.client.follow<KubeObject>(ref, signal)) {
          const now = newsOf(seen);
          if (now !== last) tell();
          last = now;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#deps.log.warn({ plan: this.name, err: error }, `${describeRef(ref)} cannot be watched`);
        await sleep(UNWATCHED_MS, undefined, { signal }).catch(() => undefined);
        tell();
      }
    }
  }
}

/** A Deployment by its generation and note: its status changes all the time. */
function newsOf(seen: KubeObject | undefined): string {
  const { uid, generation, resourceVersion } = seen?.metadata ?? {};
  return `${uid} ${generation ?? resourceVersion} ${annotation(seen, OFFERED)}`;
}

function reasonOf(canary: Deployment): string {
  const { namespace = '', name } = canary.metadata;
  const images = [...new Set(allContainers(canary.spec.template).map(({ image }) => image))].join(', ');
  const writer = lastWriter(canary);
  const where = describeRef(deploymentRef(namespace, name));
  return `${where} has ${images}${writer ? `, last written by ${writer}` : ''}`.slice(0, 1000);
}
