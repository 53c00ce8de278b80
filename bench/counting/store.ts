/** A real store of metrics that scrapes nothing and takes what it is written. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';

/** Which product answers: Prometheus 2.42 or newer, or VictoriaMetrics alone on a machine. */
export type StoreKind = 'prometheus' | 'victoriametrics';

const ARGS: Record<StoreKind, (dir: string, address: string) => string[]> = {
  prometheus: (dir, address) => [
    `--config.file=${dir}/prometheus.yml`,
    `--storage.tsdb.path=${dir}/data`,
    `--web.listen-address=${address}`,
    '--web.enable-remote-write-receiver',
  ],
  victoriametrics: (dir, address) => [`-storageDataPath=${dir}/data`, `-httpListenAddr=${address}`],
};

export class Store {
  readonly url: string;
  readonly #kind: StoreKind;
  readonly #child: ChildProcess;
  readonly #dir: string;

  private constructor(kind: StoreKind, url: string, child: ChildProcess, dir: string) {
    this.#kind = kind;
    this.url = url;
    this.#child = child;
    this.#dir = dir;
  }

  /** @param program path of the binary */
  static async start(kind: StoreKind, program: string): Promise<Store> {
    const dir = mkdtempSync(join(tmpdir(), 'sluice-counting-'));
    writeFileSync(join(dir, 'prometheus.yml'), '{}');
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(program, ARGS[kind](dir, address), { stdio: 'ignore' });
    const store = new Store(kind, `http://${address}`, child, dir);
    for (let i = 0; i < 100; i += 1) {
      if ((await fetch(`${store.url}/-/ready`).catch(() => undefined))?.ok) return store;
      await sleep(100);
    }
    await store.stop();
    throw new Error(`${program} was not ready within 10 s`);
  }

  /** What was written can be asked for: VictoriaMetrics lets some seconds go by, which a clock that jumps would take for minutes. */
  async settle(): Promise<void> {
    if (this.#kind === 'victoriametrics') await fetch(`${this.url}/internal/force_flush`);
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
