/** Everything that a measurement stands on: the lab's cluster, the fake node, and Sluice's own processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentLab, type LabState } from '../../lab/index.ts';
import { KubeApi } from '../../lab/kubelet/api.ts';
import { SENDER, SENDER_SECRET, writeInstallation } from '../../lab/story/index.ts';
import type { OfferAnswer } from '../../src/contract/offer.ts';
import { type ClusterConnection, connect } from '../../src/kubernetes/index.ts';
import { parseSecrets, sign } from '../../src/network/standard-webhooks.ts';
import { ClusterSluice } from '../../test/support/lab/sluice.ts';
import { FakeNode } from './fake-node.ts';
import { type BenchTarget, createTarget, newTarget } from './target.ts';

const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const SERVER = 'http://127.0.0.1:8090';
const HEALTH = 'http://127.0.0.1:8091';
const START_MS = 30_000;
const ANSWER_MS = 10_000;
/** Created at the same time; more would only queue at the API server. */
const AT_ONCE = 8;

export class BenchBed {
  readonly lab: LabState = currentLab();
  readonly client: ClusterConnection = connect({ kubeconfig: this.lab.kubeconfig });
  readonly node = new FakeNode(new KubeApi(this.lab.kubeconfig));
  readonly #over = new AbortController();
  readonly #secret = `whsec_${randomBytes(32).toString('base64')}`;
  readonly #targets: BenchTarget[] = [];
  #sluice: ClusterSluice | undefined;
  #server: ChildProcess | undefined;

  /** Node and worker. */
  static async open(): Promise<BenchBed> {
    const bed = new BenchBed();
    process.once('exit', () => bed.#kill());
    await bed.node.start(bed.signal);
    bed.#sluice = await ClusterSluice.start();
    return bed;
  }

  /** Aborts when the measurement is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get sluice(): ClusterSluice {
    if (!this.#sluice) throw new Error('no worker was started');
    return this.#sluice;
  }

  get serverPid(): number {
    if (!this.#server?.pid) throw new Error('no server was started');
    return this.#server.pid;
  }

  get workerPid(): number {
    const pid = this.sluice.workers[0]?.pid;
    if (!pid) throw new Error('the worker has no process');
    return pid;
  }

  /** @returns targets with a ready primary each */
  async targets(label: string, count: number): Promise<BenchTarget[]> {
    const fresh = Array.from({ length: count }, (_, index) =>
      newTarget({ namespace: `${label}-${process.pid}-${index}`, prometheus: this.lab.prometheus }),
    );
    await this.make(fresh);
    return fresh;
  }

  async make(targets: readonly BenchTarget[]): Promise<void> {
    this.#targets.push(...targets);
    await eachOf(targets, (target) => createTarget(this.client, target));
  }

  /** A `sluice server` process with these plans; resolves when it takes events. */
  async startServer(targets: readonly BenchTarget[]): Promise<void> {
    const { cluster } = this.sluice;
    const logs = join(this.lab.dir, 'sluice');
    mkdirSync(logs, { recursive: true });
    const plans = mkdtempSync(join(logs, 'plans-'));
    for (const { plan, planText } of targets) writeFileSync(join(plans, `${plan.name}.json`), planText);
    const log = openSync(join(logs, `${cluster}-server.log`), 'a');
    this.#server = spawn(
      process.execPath,
      [
        CLI,
        'server',
        '--plans',
        plans,
        '--plan-namespaces',
        '*',
        '--installation',
        writeInstallation(plans),
        '--cluster',
        cluster,
      ],
      {
        stdio: ['ignore', log, log],
        env: {
          ...process.env,
          TEMPORAL_ADDRESS: this.lab.temporal,
          TEMPORAL_NAMESPACE: cluster,
          [SENDER_SECRET]: this.#secret,
        },
      },
    );
    const end = Date.now() + START_MS;
    while (!(await isReady())) {
      if (Date.now() > end) throw new Error(`the server does not answer at ${SERVER}`);
      await sleep(100);
    }
  }

  /** Signs a deploy event for one plan and sends it. @returns the plan's answer @throws unless a rollout started */
  async sendEvent({ plan }: BenchTarget, image: string): Promise<{ delivery: string; offer: OfferAnswer }> {
    const body = JSON.stringify({ image, plan: `${plan.namespace}/${plan.name}`, by: 'bench' });
    const [key] = parseSecrets([this.#secret]);
    const delivery = randomUUID();
    const headers = { 'content-type': 'application/json', ...sign(delivery, new Date(), body, key as Uint8Array) };
    const response = await fetch(`${SERVER}/hooks/deploy/${SENDER}`, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    const [offer] = (JSON.parse(text) as { offers?: OfferAnswer[] }).offers ?? [];
    if (offer?.status !== 'started') throw new Error(`the event started no rollout: ${response.status} ${text}`);
    return { delivery, offer };
  }

  /** Ends Sluice; with `tidy` also removes what was made in the cluster, as long as the node is there to let pods go. */
  async close({ tidy }: { tidy: boolean }): Promise<void> {
    if (this.#server) await ended(this.#server);
    await this.#sluice?.stop();
    if (tidy) await this.#tidy();
    this.#over.abort();
    await this.client.close();
  }

  /** Whatever ended us, Sluice's processes must not go on beside the next measurement. */
  #kill(): void {
    for (const child of [...(this.#sluice?.workers ?? []), this.#server]) child?.kill('SIGKILL');
  }

  async #tidy(): Promise<void> {
    const namespaces = { apiVersion: 'v1', resource: 'namespaces', kind: 'Namespace' };
    const names = new Set(this.#targets.map(({ plan }) => plan.namespace));
    const places = [...names].map((name) => ({ ...namespaces, name }));
    await eachOf(places, (ref) => this.client.delete(ref));
    await eachOf(places, async (ref) => {
      while (await this.client.get(ref)) await sleep(500);
    });
  }
}

/** Load average of the last minute. */
export function load(): number {
  return loadavg()[0] ?? 0;
}

/** A few at a time, in order. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = [...items];
  const lane = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function isReady(): Promise<boolean> {
  try {
    return (await fetch(`${HEALTH}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
