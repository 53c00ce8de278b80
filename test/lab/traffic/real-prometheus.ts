/** A real Prometheus of its own that scrapes pods and proxies which a test plays, four times a second. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentLab } from '../../../lab/index.ts';
import type { Peer } from '../../../lab/mesh-metrics/peer.ts';
import { MeshSeries } from '../../../lab/mesh-metrics/series.ts';
import { freePort } from '../../support/free-port.ts';

export const SCRAPE_MS = 250;

/** Something that is scraped: a canary pod as its sidecar reports it, or a caller's proxy. */
export class Scraped {
  readonly server: Server;
  up = true;
  /** What an application reports itself, instead of its sidecar. */
  own: string | undefined;
  #series = new MeshSeries();
  #pod = '';
  #app = '';

  constructor() {
    this.server = createServer((_, response) => {
      if (!this.up) return void response.destroy();
      const text = this.own ?? this.#series.render().replaceAll('{', `{pod="${this.#pod}",`);
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
    });
  }

  /** Begins a new life as a pod of an app that no test has used yet. */
  become(app: string, pod: string): void {
    this.#series = new MeshSeries();
    this.#app = app;
    this.#pod = pod;
    this.up = true;
    this.own = undefined;
  }

  /** The pod answers `count` requests. */
  answer(count: number, responseCode = 200, durationMs = 20, version: 'v1' | 'v2' = 'v2'): void {
    const labels = {
      reporter: 'destination',
      source: null,
      destination: this.#peer(version),
      service: this.#service,
    } as const;
    this.#add(count, { ...labels, responseCode, responseFlags: '-' }, durationMs);
  }

  /** The proxy sends `count` requests. @param version null: no pod could be chosen */
  send(count: number, version: 'v1' | 'v2' | null, responseCode = 200, responseFlags = '-'): void {
    const destination = version ? this.#peer(version) : null;
    const labels = { reporter: 'source', source: this.#peer('v1'), destination, service: this.#service } as const;
    this.#add(count, { ...labels, responseCode, responseFlags }, 20);
  }

  /** The container restarts: counters begin at 0. */
  restart(): void {
    this.#series = new MeshSeries();
  }

  get #service() {
    return { host: `${this.#app}.demo.svc.cluster.local`, name: this.#app, namespace: 'demo' };
  }

  #peer(version: string): Peer {
    const app = this.#app;
    const canonical = { canonicalService: app, canonicalRevision: version };
    return { workload: `${app}-${version}`, namespace: 'demo', app, version, service: app, ...canonical };
  }

  #add(count: number, labels: Parameters<MeshSeries['observe']>[0], durationMs: number): void {
    for (let i = 0; i < count; i += 1) this.#series.observe(labels, durationMs);
  }
}

export class RealPrometheus {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #dir: string;
  readonly #targets: Scraped[];

  private constructor(url: string, child: ChildProcess, dir: string, targets: Scraped[]) {
    this.url = url;
    this.#child = child;
    this.#dir = dir;
    this.#targets = targets;
  }

  /** Resolves when every target is scraped. */
  static async start(targets: Scraped[]): Promise<RealPrometheus> {
    const dir = mkdtempSync(join(tmpdir(), 'sluice-prometheus-'));
    const jobs = [];
    for (const target of targets) {
      await new Promise<void>((resolve) => target.server.listen(0, '127.0.0.1', resolve));
      const { port } = target.server.address() as AddressInfo;
      jobs.push({ job_name: `${port}`, honor_labels: true, static_configs: [{ targets: [`127.0.0.1:${port}`] }] });
    }
    const global = { scrape_interval: `${SCRAPE_MS}ms`, scrape_timeout: `${SCRAPE_MS}ms` };
    writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify({ global, scrape_configs: jobs }));
    const port = await freePort();
    const child = spawn(
      process.env.PROMETHEUS_BIN ?? (currentLab().bin.prometheus as string),
      [
        `--config.file=${dir}/prometheus.yml`,
        `--storage.tsdb.path=${dir}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const url = `http://127.0.0.1:${port}`;
    // Prometheus takes up its first targets after five seconds.
    for (let i = 0; i < 200; i += 1) {
      const answer = await fetch(`${url}/api/v1/query?query=sum(up)`).catch(() => undefined);
      const body = answer?.ok ? JSON.stringify(await answer.json()) : '';
      if (body.includes(`"${targets.length}"]`)) break;
      await sleep(100);
    }
    return new RealPrometheus(url, child, dir, targets);
  }

  /** Prometheus hangs, and goes on. */
  freeze(frozen: boolean): void {
    this.#child.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
    for (const { server } of this.#targets) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
