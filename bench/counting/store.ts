/** A real Prometheus that scrapes nothing and takes what it is written. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';

export class Store {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #dir: string;

  private constructor(url: string, child: ChildProcess, dir: string) {
    this.url = url;
    this.#child = child;
    this.#dir = dir;
  }

  /** @param program path of the Prometheus binary, 2.42 or newer */
  static async start(program: string): Promise<Store> {
    const dir = mkdtempSync(join(tmpdir(), 'sluice-counting-'));
    writeFileSync(join(dir, 'prometheus.yml'), '{}');
    const port = await freePort();
    const child = spawn(
      program,
      [
        `--config.file=${dir}/prometheus.yml`,
        `--storage.tsdb.path=${dir}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
      ],
      { stdio: 'ignore' },
    );
    const store = new Store(`http://127.0.0.1:${port}`, child, dir);
    for (let i = 0; i < 100; i += 1) {
      if ((await fetch(`${store.url}/-/ready`).catch(() => undefined))?.ok) return store;
      await sleep(100);
    }
    await store.stop();
    throw new Error(`${program} was not ready within 10 s`);
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
