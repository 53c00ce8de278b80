import { readFileSync } from 'node:fs';
import { ImageError } from '../programs/index.ts';
import { backOffMs, STABLE_MS } from './back-off.ts';
import { ContainerProbes } from './container-probes.ts';
import { initialContainerStatus, terminatedState, wireTime } from './container-status.ts';
import { ConfigError } from './environment.ts';
import type { Launch } from './launch.ts';
import { pause } from './probe-loop.ts';
import { type RunningProcess, startProcess } from './process.ts';
import type { Container, ContainerState, ContainerStatus, KubeletPod } from './types.ts';

const PULL_SHOWN_MS = 1000;
const CONFIG_RETRY_MS = 1000;

/** As the kubelet reads a log for the message of a container that failed: at most so many lines and characters. */
const MESSAGE_LINES = 80;
const MESSAGE_LENGTH = 2048;

export interface ContainerOptions {
  container: Container;
  restartPolicy: NonNullable<KubeletPod['spec']['restartPolicy']>;
  address: string;
  previous: ContainerStatus | undefined;
  prepare: () => Promise<Launch>;
  /** Called after each change of {@link ContainerRunner.status}. */
  changed: () => void;
  /** Called when a process with an access log runs; the answer is called when it ended. */
  followAccessLog: (path: string) => Promise<() => Promise<void>>;
}

/** One container's life: pull, start, probe, restart with a back-off, stop. */
export class ContainerRunner {
  status: ContainerStatus;
  #options: ContainerOptions;
  #stopping = new AbortController();
  #process: RunningProcess | undefined;
  #life: Promise<void> | undefined;

  constructor(options: ContainerOptions) {
    this.#options = options;
    this.status = initialContainerStatus(options.container, options.previous, new Date());
  }

  start(): void {
    this.#life = this.#run();
  }

  /** preStop sleep, SIGTERM, SIGKILL when the grace is over; returns when the process is gone. */
  async stop(graceSeconds: number): Promise<void> {
    this.#stopping.abort();
    const running = this.#process;
    if (running) {
      const hard = setTimeout(() => running.kill('SIGKILL'), graceSeconds * 1000);
      await this.#preStop(running);
      running.kill('SIGTERM');
      await running.exited;
      clearTimeout(hard);
    }
    await this.#life;
  }

  async #preStop({ exited }: RunningProcess): Promise<void> {
    const seconds = this.#options.container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    if (seconds === 0) return;
    const over = new AbortController();
    await Promise.race([exited, pause(seconds * 1000, over.signal)]);
    over.abort();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const launch = await this.#pull();
      if (!launch) return;
      const startedAt = performance.now();
      const exitCode = await this.#runOnce(launch);
      if (this.#stopping.signal.aborted || !this.#restarts(exitCode)) return;
      failures = performance.now() - startedAt >= STABLE_MS ? 1 : failures + 1;
      if (!(await this.#backOff(failures))) return;
    }
  }

  /** Tries until the image and the configuration are right; null when stopped before. */
  async #pull(): Promise<Launch | null> {
    for (let failures = 1; ; failures += 1) {
      try {
        const launch = await this.#options.prepare();
        return this.#stopping.signal.aborted ? null : launch;
      } catch (error) {
        const goOn =
          error instanceof ImageError ? await this.#failPull(error, failures) : await this.#failConfig(error);
        if (!goOn) return null;
      }
    }
  }

  async #failPull(error: ImageError, failures: number): Promise<boolean> {
    this.#become({ waiting: { reason: 'ErrImagePull', message: error.message } });
    if (!(await pause(PULL_SHOWN_MS, this.#stopping.signal))) return false;
    const message = `Back-off pulling image "${this.status.image}": ${error.message}`;
    this.#become({ waiting: { reason: 'ImagePullBackOff', message } });
    return pause(backOffMs(failures), this.#stopping.signal);
  }

  #failConfig(error: unknown): Promise<boolean> {
    const reason = error instanceof ConfigError ? 'CreateContainerConfigError' : 'CreateContainerError';
    this.#become({ waiting: { reason, message: (error as Error).message } });
    return pause(CONFIG_RETRY_MS, this.#stopping.signal);
  }

  async #runOnce(launch: Launch): Promise<number> {
    const running = startProcess(launch.process);
    this.#process = running;
    const startedAt = wireTime(new Date());
    const { container, address } = this.#options;
    const probes = new ContainerProbes({
      container,
      address,
      defaultReadiness: launch.defaultReadiness,
      turned: ({ started, ready }) => this.#become({ running: { startedAt } }, { started, ready }),
      unhealthy: () => running.kill('SIGTERM'),
    });
    const { started, ready } = probes;
    const identity = { imageID: launch.imageId, containerID: `lab://${running.pid ?? 0}` };
    this.#become({ running: { startedAt } }, { ...identity, started, ready });
    const unfollow = launch.accessLog ? await this.#options.followAccessLog(launch.accessLog) : null;
    const exit = await running.exited;
    probes.stop();
    this.#process = undefined;
    await unfollow?.();
    const message = exit.message ?? (exit.code === 0 ? undefined : lastLines(container, launch.process.stderr));
    this.#become(
      { terminated: terminatedState({ ...exit, message }, startedAt, new Date()) },
      { started: false, ready: false },
    );
    return exit.code;
  }

  async #backOff(failures: number): Promise<boolean> {
    const ms = backOffMs(failures);
    const lastState = this.status.state;
    const message = `back-off ${ms / 1000}s restarting failed container=${this.status.name}`;
    this.#become({ waiting: { reason: 'CrashLoopBackOff', message } }, { lastState });
    if (!(await pause(ms, this.#stopping.signal))) return false;
    this.status = { ...this.status, restartCount: this.status.restartCount + 1 };
    return true;
  }

  #restarts(exitCode: number): boolean {
    const { restartPolicy } = this.#options;
    return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
  }

  #become(state: ContainerState, change: Partial<ContainerStatus> = {}): void {
    this.status = { ...this.status, ...change, state };
    this.#options.changed();
  }
}

function lastLines({ terminationMessagePolicy }: Container, log: string): string | undefined {
  if (terminationMessagePolicy !== 'FallbackToLogsOnError') return undefined;
  return readFileSync(log, 'utf8').split('\n').slice(-MESSAGE_LINES).join('\n').slice(-MESSAGE_LENGTH);
}
