/** Sluice as it is run in production: a server and a worker, each a process of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { processError } from '../host/log-end.ts';
import { LabError, type LabState } from '../index.ts';
import { SENDER_SECRET, writeInstallation } from './installation.ts';
import { Watch } from './watch.ts';

/** Where {@link Sluice.startServer} listens. */
export const SERVER = 'http://127.0.0.1:8090';
const HEALTH = 'http://127.0.0.1:8091';

const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const START_MS = 180_000;

export class Sluice {
  /** `whsec_…`, made for this run and known to nobody else. */
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  private readonly lab: LabState;
  private readonly watch: Watch;
  private readonly installation: string;
  private worker?: ChildProcess;

  /** @param watch is told of server and worker */
  constructor(lab: LabState, watch = new Watch(lab)) {
    this.lab = lab;
    this.watch = watch;
    this.installation = writeInstallation(lab.dir);
  }

  /** Resolves when the server takes events for the plans of a folder. */
  async startServer(plans: string, signal: AbortSignal): Promise<void> {
    this.start('server', ['--plans', plans, '--plan-namespaces', '*'], { [SENDER_SECRET]: this.secret });
    await this.untilStarted('server', signal, async () => {
      const { ok } = await fetch(`${HEALTH}/readyz`, { signal: AbortSignal.timeout(2_000) });
      return ok;
    });
  }

  /** Resolves when the worker takes work. */
  async startWorker(signal: AbortSignal): Promise<void> {
    const before = sizeOf(this.logOf('worker'));
    const { smtp, productKubeconfig } = this.lab;
    this.worker = this.start('worker', ['--kubeconfig', productKubeconfig], {
      SLUICE_SMTP_URL: `smtp://${smtp.host}:${smtp.port}?requireTLS=false`,
      SLUICE_MAIL_FROM: 'sluice@example.com',
    });
    const started = () => readFileSync(this.logOf('worker'), 'utf8').slice(before).includes('Worker for cluster');
    await this.untilStarted('worker', signal, async () => started());
  }

  /** SIGKILL: no time to finish or hand over anything. @returns the process id it had */
  async killWorker(): Promise<number> {
    const { worker } = this;
    if (worker?.exitCode !== null || worker.signalCode !== null) throw new LabError('the worker has ended by itself');
    this.watch.release(worker);
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    // Or this process might end before it has.
    worker.ref();
    worker.kill('SIGKILL');
    await gone;
    return worker.pid ?? 0;
  }

  /** Runs a command of the CLI to its end. @returns its standard output @throws when it fails */
  async cli(...args: string[]): Promise<string> {
    const options = { env: this.environment(), timeout: 30_000, maxBuffer: 32 << 20 };
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], options);
    return stdout;
  }

  /** Starts a command of the CLI on this terminal. @param signal ends it early */
  onTerminal(args: string[], signal?: AbortSignal): ChildProcess {
    return spawn(process.execPath, [CLI, ...args], { stdio: 'inherit', env: this.environment(), signal });
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      TEMPORAL_ADDRESS: this.lab.temporal,
      SLUICE_INSTALLATION: this.installation,
    };
  }

  private logOf(name: string): string {
    return join(this.lab.logs, `sluice-${name}.log`);
  }

  /** In a session of its own: Ctrl-C is not for it, and with --keep it outlives us. It ends with the lab at the latest. */
  private start(name: string, args: string[], env: Record<string, string>): ChildProcess {
    const log = openSync(this.logOf(name), 'a');
    const child = spawn(process.execPath, [CLI, name, ...args], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...this.environment(), ...env },
    });
    closeSync(log);
    child.unref();
    this.watch.add(`sluice ${name}`, child, this.logOf(name));
    return child;
  }

  private async untilStarted(name: string, signal: AbortSignal, isUp: () => Promise<boolean>): Promise<void> {
    const until = Date.now() + START_MS;
    while (!(await isUp().catch(() => false))) {
      this.watch.signal.throwIfAborted();
      if (Date.now() > until)
        throw processError(`sluice ${name} is not up after ${START_MS / 1000} s`, this.logOf(name));
      await sleep(100, undefined, { signal });
    }
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
