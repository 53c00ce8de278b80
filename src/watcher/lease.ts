/** One of several processes works at a time, by a Lease (kubernetes.io, "Leases"): so that work is not done twice, not so that it is safe. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from '../kubernetes/client/errors.ts';
import type { KubeClient, KubeObject, Ref } from '../kubernetes/index.ts';

interface Lease extends KubeObject {
  spec?: { holderIdentity?: string; leaseDurationSeconds?: number; renewTime?: string; [field: string]: unknown };
}

/** Nobody has renewed it for this long by our own clock: its holder is gone, s. */
const DURATION_S = 15;
const RENEW_MS = 5_000;
/** Between two looks at a lease that another one holds, ms. */
const LOOK_MS = 2_000;

export interface LeaseOptions {
  client: KubeClient;
  /** `<namespace>/<name>` */
  lease: string;
  /** Who we are; another one for each process. */
  identity: string;
  /** Told when it is ours, and when it is not any more. */
  said(sentence: string): void;
}

/**
 * Works while the lease is ours, and waits for it otherwise, until the signal aborts; then it is given back.
 * @param work ends when its signal aborts
 * @throws ClusterError when the lease may not be read or written
 */
export async function whileHeld(
  { client, lease, identity, said }: LeaseOptions,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const holder = new Holder(client, leaseRef(lease), identity);
  while (!signal.aborted) {
    if (!(await holder.take())) {
      await rest(LOOK_MS, signal);
      continue;
    }
    said(`the lease ${lease} is held`);
    const lost = new AbortController();
    const working = work(AbortSignal.any([signal, lost.signal]));
    const renewing = renew(holder, signal).finally(() => lost.abort());
    try {
      await Promise.race([working, renewing]);
    } finally {
      lost.abort();
      await working;
    }
    if (!signal.aborted) said(`the lease ${lease} is lost`);
  }
  await holder.giveBack().catch(() => undefined);
}

/** Until it is not ours any more. */
async function renew(holder: Holder, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await rest(RENEW_MS, signal);
    if (!signal.aborted && !(await holder.take())) return;
  }
}

class Holder {
  readonly #client: KubeClient;
  readonly #ref: Ref;
  readonly #identity: string;
  /** The state that was seen last, and since when by our own clock, ms: clocks of others are not believed. */
  #seen: { version: string | undefined; at: number } = { version: undefined, at: 0 };
  /** By our own clock, ms. */
  #heldUntil = 0;

  constructor(client: KubeClient, ref: Ref, identity: string) {
    this.#client = client;
    this.#ref = ref;
    this.#identity = identity;
  }

  /** @returns whether it is ours now; a cluster that does not answer takes it away when its time is over */
  async take(): Promise<boolean> {
    const asked = performance.now();
    try {
      const found = await this.#client.get<Lease>(this.#ref);
      if (found && !this.#isFree(found)) return false;
      await this.#write(found, { holderIdentity: this.#identity, leaseDurationSeconds: DURATION_S });
      this.#heldUntil = asked + DURATION_S * 1000;
      return true;
    } catch (error) {
      if (!(error instanceof ClusterError) || !error.retryable) throw error;
      return error.reason !== 'conflict' && performance.now() + RENEW_MS < this.#heldUntil;
    }
  }

  async giveBack(): Promise<void> {
    const found = await this.#client.get<Lease>(this.#ref);
    if (found?.spec?.holderIdentity === this.#identity)
      await this.#write(found, { holderIdentity: '', leaseDurationSeconds: 1 });
  }

  #isFree({ metadata: { resourceVersion: version }, spec: { holderIdentity, leaseDurationSeconds } = {} }: Lease) {
    const now = performance.now();
    if (version !== this.#seen.version) this.#seen = { version, at: now };
    if (!holderIdentity || holderIdentity === this.#identity) return true;
    return now - this.#seen.at > (leaseDurationSeconds ?? DURATION_S) * 1000;
  }

  async #write(found: Lease | undefined, held: NonNullable<Lease['spec']>): Promise<void> {
    // six digits, as the type MicroTime wants them
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    const spec = { ...found?.spec, ...held, renewTime };
    const { apiVersion, kind, name, namespace } = this.#ref;
    if (!found)
      return void (await this.#client.create<Lease>(this.#ref, {
        apiVersion,
        kind,
        metadata: { name, namespace },
        spec,
      }));
    await this.#client.patch<Lease>(this.#ref, [
      { op: 'test', path: '/metadata/resourceVersion', value: found.metadata.resourceVersion },
      { op: 'add', path: '/spec', value: spec },
    ]);
  }
}

function leaseRef(lease: string): Ref {
  const [namespace = '', name = ''] = lease.split('/');
  return { apiVersion: 'coordination.k8s.io/v1', resource: 'leases', kind: 'Lease', namespace, name };
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}
