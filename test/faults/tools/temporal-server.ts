/** A Temporal development server of a row's own, so that it can crash, freeze or have tiny limits without the others noticing. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, openSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, lab } from '../../support/lab/cluster.ts';

export class TemporalServer {
  /** `host:port` */
  readonly address: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'sluice-temporal-'));
  private readonly limits: Record<string, string | number>;
  private readonly adopt: (child: ChildProcess) => void;
  private child: ChildProcess | undefined;

  private constructor(port: number, limits: Record<string, string | number>, adopt: (child: ChildProcess) => void) {
    this.address = `127.0.0.1:${port}`;
    this.limits = limits;
    this.adopt = adopt;
  }

  /**
   * @param limits dynamic configuration, for instance `{ 'limit.historyCount.suggestContinueAsNew': 60 }`
   * @param adopt gets every process that is started
   */
  static async start(
    limits: Record<string, string | number>,
    adopt: (child: ChildProcess) => void,
  ): Promise<TemporalServer> {
    const server = new TemporalServer(await freePort(), limits, adopt);
    await server.run();
    return server;
  }

  /** Starts it, with its old data; resolves when it answers. */
  async run(): Promise<void> {
    const log = openSync(join(this.folder, 'server.log'), 'a');
    const args = ['server', 'start-dev', '--headless', '--ip=127.0.0.1', '--log-level=warn'];
    const limits = Object.entries(this.limits).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
    const [, port] = this.address.split(':');
    const file = `--db-filename=${join(this.folder, 'temporal.db')}`;
    this.child = spawn(lab.bin.temporal as string, [...args, `--port=${port}`, file, ...limits], {
      stdio: ['ignore', log, log],
    });
    this.adopt(this.child);
    await eventually(() => this.healthy(), `Temporal at ${this.address} answers`, 30_000);
  }

  /** SIGKILL; resolves when it is gone. */
  async crash(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  private async healthy(): Promise<true> {
    const args = ['operator', 'cluster', 'health', `--address=${this.address}`, '--command-timeout=2s'];
    await promisify(execFile)(lab.bin.temporal as string, args, { timeout: 4_000 });
    return true;
  }
}

/** A port that nobody listens on; it may be taken before it is used, which has not been seen. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
