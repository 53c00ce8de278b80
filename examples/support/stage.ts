import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectl } from '../../lab/control-plane/kubectl.ts';
import type { LabState } from '../../lab/index.ts';
import { containerLog } from '../../lab/kubelet/pod-files.ts';
import { Sluice, say, type Watch } from '../../lab/story/index.ts';
import { type Arrivals, settledArrivals } from './arrivals.ts';
import { editWeights } from './edit-weights.ts';
import { followed, type RouteTable } from './followed.ts';
import type { Row } from './row.ts';
import { type Reply, send } from './send.ts';

export interface StageOptions {
  lab: LabState;
  /** Folder of the example. */
  folder: string;
  namespace: string;
  callers: 'gateway' | 'mesh';
  signal: AbortSignal;
  /** Told of the processes of Sluice. */
  watch?: Watch;
  /** Where lines of progress go; default the terminal. */
  say?: (line: string) => void;
}

export interface Asked {
  answers: Reply[];
  v1: Arrivals;
  v2: Arrivals;
}

const ROOT = join(import.meta.dirname, '..', '..');

/** One example in a running lab: kubectl as a person uses it, requests, and what became of them. */
export class Stage {
  readonly lab: LabState;
  readonly namespace: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly #options: StageOptions;
  #runs = 0;
  #sluice: Sluice | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
    this.lab = options.lab;
    this.namespace = options.namespace;
    this.signal = options.signal;
    this.say = options.say ?? say;
  }

  /** Path of a file of the example. */
  file(name: string): string {
    return join(this.#options.folder, name);
  }

  /** A path as people write it, seen from the repository; every other text as it is. */
  shown(text: string): string {
    return text.startsWith(`${ROOT}/`) ? relative(ROOT, text) : text;
  }

  kubectl(...args: string[]): Promise<string> {
    return kubectl(this.lab, args, this.signal);
  }

  /** Applies a file that brings workloads, and waits until all Deployments of the namespace are ready. */
  async deploy(name: string): Promise<void> {
    await this.#apply(this.file(name), this.namespace);
    await this.kubectl('-n', this.namespace, 'rollout', 'status', 'deployment', '--timeout=50s');
  }

  /** Applies a file. @param namespace default the example's */
  async apply(name: string, namespace = this.namespace): Promise<void> {
    await this.#apply(this.file(name), namespace);
  }

  /** Applies a file with a VirtualService; resolves when the callers' proxy follows it. */
  async route(name: string): Promise<void> {
    await followed(this.#table, this.signal, () => this.#apply(this.file(name), this.namespace));
  }

  /** The same with other weights in the rule for everybody, percent by subset. */
  async weights(name: string, weights: Record<string, number>): Promise<void> {
    const file = join(this.lab.dir, basename(name));
    writeFileSync(file, editWeights(readFileSync(this.file(name), 'utf8'), weights));
    const words = Object.entries(weights).map(([subset, weight]) => `${subset} ${weight}`);
    const show = `${this.shown(this.file(name))}, edited: ${words.join(', ')}`;
    await followed(this.#table, this.signal, () => this.#apply(file, this.namespace, show));
  }

  /** Sends requests and counts what arrived at the pods `<app>-v1-…` and `<app>-v2-…`. */
  async ask(
    app: string,
    count: number,
    target: { host: string; path?: string },
    headers?: (n: number) => Record<string, string>,
  ): Promise<Asked> {
    const run = this.newRun();
    const { callers } = this.#options;
    const to = new URL(callers === 'mesh' ? this.lab.meshProxy : this.lab.gateway);
    const requests = { to, proxy: callers === 'mesh', path: '/', ...target, run, count, headers };
    const answers = await send(requests);
    return { answers, ...(await settledArrivals(this.lab.dir, this.namespace, app, run)) };
  }

  newRun(): string {
    this.#runs += 1;
    return `${basename(this.#options.folder)}-${process.pid}-${this.#runs}`;
  }

  /** What the newest pod of a Deployment printed, as `kubectl logs` would show it. */
  async log(deployment: string): Promise<string> {
    const oldestFirst = ['get', 'pods', '--sort-by=.metadata.creationTimestamp', '-o', 'name'];
    const names = (await this.kubectl('-n', this.namespace, ...oldestFirst)).split('\n');
    const name = names.map((line) => line.replace('pod/', '')).findLast((pod) => pod.startsWith(`${deployment}-`));
    return readFileSync(containerLog(this.lab.dir, { namespace: this.namespace, name: name ?? '' }), 'utf8');
  }

  /** Says a row about what was asked; it holds only when everybody had a good answer. */
  tellAsked(step: string, { answers, v1, v2 }: Asked, holds: boolean, says: string): Row {
    const served = answers.every(({ status }) => status === 200);
    const copies = v2.copies > 0 ? `${v2.copies} copies` : `${v2.live}`;
    return this.tell({ step, sent: answers.length, v1: `${v1.live}`, v2: copies, holds: served && holds, says });
  }

  /** Says what a row says, as soon as it is known. */
  tell(row: Row): Row {
    this.say(
      `  ${row.step}: ${row.sent} sent; at v1 ${row.v1}, at v2 ${row.v2} ${row.holds ? '' : '(NOT as it says) '}`.trimEnd(),
    );
    return row;
  }

  /** Sluice with one worker, started at the first call. */
  async sluice(): Promise<Sluice> {
    if (!this.#sluice) {
      this.#sluice = new Sluice(this.lab, this.#options.watch);
      await this.#sluice.startWorker(this.signal);
    }
    return this.#sluice;
  }

  /** Takes away everything that the example brought, its worker too. */
  async clear(): Promise<void> {
    await this.#sluice?.killWorker();
    this.#sluice = undefined;
    const kinds = 'virtualservices,destinationrules,deployments,horizontalpodautoscalers,services';
    await this.kubectl('-n', this.namespace, 'delete', kinds, '--all');
    await this.kubectl('-n', 'istio-system', 'delete', 'gateways.networking.istio.io', '--all');
  }

  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal });
  }

  get #table(): RouteTable {
    const { gateway, meshClient } = this.lab.envoyAdmin;
    return { admin: this.#options.callers === 'mesh' ? meshClient : gateway, namespace: this.namespace };
  }

  #apply(file: string, namespace: string, show = this.shown(file)): Promise<string> {
    const command = ['apply', '-n', namespace, '-f'];
    this.say(`  $ kubectl ${command.join(' ')} ${show}`);
    return this.kubectl(...command, file);
  }
}
