/** A Temporal development server of a test's own, outside of every lab or in one: it can crash, freeze and have tiny limits. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { storedIn } from '../../lab/temporal/storage.ts';
import { freePort } from './free-port.ts';

export interface TemporalOptions {
  /** Path of Temporal's command line. */
  program: string;
  /** Dynamic configuration, for instance `{ 'limit.historyCount.suggestContinueAsNew': 60 }`. */
  limits?: Record<string, string | number>;
  /** Search attributes (Keyword) that are there from the start. */
  attributes?: readonly string[];
  /** Gets every process that is started. */
  adopt?: (child: ChildProcess) => void;
}

const START_MS = 30_000;

export class TemporalServer {
  /** `host:port` */
  readonly address: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'sluice-temporal-'));
  private readonly options: TemporalOptions;
  private child: ChildProcess | undefined;

  private constructor(port: number, options: TemporalOptions) {
    this.address = `127.0.0.1:${port}`;
    this.options = options;
  }

  static async start(options: TemporalOptions): Promise<TemporalServer> {
    const server = new TemporalServer(await freePort(), options);
    await server.run();
    return server;
  }

  /** Starts it, with its old data; resolves when it answers. @throws when it ends, or says nothing for 30 s, with its log */
  async run(): Promise<void> {
    const { program, limits = {}, attributes = [], adopt } = this.options;
    const [, port] = this.address.split(':');
    const args = ['server', 'start-dev', '--headless', '--ip=127.0.0.1', '--log-level=warn', `--port=${port}`];
    args.push(...storedIn(join(this.folder, 'temporal.db')));
    args.push(...Object.entries(limits).map(([key, value]) => `--dynamic-config-value=${key}=${value}`));
    args.push(...attributes.map((name) => `--search-attribute=${name}=Keyword`));
    const log = openSync(join(this.folder, 'server.log'), 'a');
    this.child = spawn(program, args, { stdio: ['ignore', log, log] });
    adopt?.(this.child);
    await this.untilHealthy(this.child);
  }

  /** SIGKILL; resolves when it is gone. */
  async crash(): Promise<void> {
    if (!this.child || !runs(this.child)) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends it and forgets its data. */
  async remove(): Promise<void> {
    await this.crash();
    rmSync(this.folder, { recursive: true });
  }

  private async untilHealthy(child: ChildProcess): Promise<void> {
    const end = Date.now() + START_MS;
    while (!(await this.answers())) {
      if (runs(child) && Date.now() < end) await sleep(50);
      else throw new Error(`Temporal does not answer: ${readFileSync(join(this.folder, 'server.log'), 'utf8')}`);
    }
  }

  private answers(): Promise<boolean> {
    const args = ['operator', 'cluster', 'health', `--address=${this.address}`, '--command-timeout=2s'];
    return promisify(execFile)(this.options.program, args, { timeout: 4_000 }).then(
      () => true,
      () => false,
    );
  }
}

const runs = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;
