import { type ProbeLoop, runProbe } from './probe-loop.ts';
import { probeSettings } from './probe-state.ts';
import { type Ask, probeTarget } from './probe-target.ts';
import type { Container, Probe } from './types.ts';

export interface ContainerProbesOptions {
  container: Container;
  address: string;
  /** Asked for readiness when the container has no readinessProbe. */
  defaultReadiness: Ask | null;
  /** Called when the container's start or readiness turned. */
  turned: (now: { started: boolean; ready: boolean }) => void;
  /** Called when the startup or liveness probe has failed for good. */
  unhealthy: () => void;
}

/** The probes of one running container: startup first, then readiness and liveness. */
export class ContainerProbes {
  started: boolean;
  ready: boolean;
  #options: ContainerProbesOptions;
  #stopping = new AbortController();

  /** Starts asking. @throws Error when a probe is of an unknown kind */
  constructor(options: ContainerProbesOptions) {
    const { container, defaultReadiness } = options;
    this.#options = options;
    this.started = !container.startupProbe;
    this.ready = this.started && !container.readinessProbe && !defaultReadiness;
    if (container.startupProbe) this.#watchStart(container.startupProbe);
    else this.#watchRunning();
  }

  stop(): void {
    this.#stopping.abort();
  }

  #watchStart(probe: Probe): void {
    const once = new AbortController();
    this.#run(
      probe,
      {
        initially: false,
        turned: () => {
          once.abort();
          this.started = true;
          const { container, defaultReadiness } = this.#options;
          this.ready = !container.readinessProbe && !defaultReadiness;
          this.#tell();
          this.#watchRunning();
        },
      },
      once.signal,
    );
    const settings = probeSettings(probe);
    const patience = settings.initialDelayMs + settings.failureThreshold * settings.periodMs;
    const timer = setTimeout(() => this.started || this.#options.unhealthy(), patience);
    this.#stopping.signal.addEventListener('abort', () => clearTimeout(timer));
  }

  #watchRunning(): void {
    const { container, defaultReadiness } = this.#options;
    const setReady = (passing: boolean) => {
      this.ready = passing;
      this.#tell();
    };
    if (container.readinessProbe) this.#run(container.readinessProbe, { initially: false, turned: setReady });
    else if (defaultReadiness) this.#run({}, { initially: false, turned: setReady, ask: defaultReadiness });
    if (container.livenessProbe) {
      const turned = (passing: boolean) => passing || this.#options.unhealthy();
      this.#run(container.livenessProbe, { initially: true, turned });
    }
  }

  #run(probe: Probe, loop: Pick<ProbeLoop, 'initially' | 'turned'> & { ask?: Ask }, until?: AbortSignal): void {
    const { container, address } = this.#options;
    const ask = loop.ask ?? probeTarget(probe, container, address);
    const signal = until ? AbortSignal.any([until, this.#stopping.signal]) : this.#stopping.signal;
    void runProbe({ ...loop, ask, settings: probeSettings(probe) }, signal);
  }

  #tell(): void {
    this.#options.turned({ started: this.started, ready: this.ready });
  }
}
