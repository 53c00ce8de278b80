/** What a server tells: what it was asked, counted; and how everything stands, read from Temporal when somebody looks. */
import { Counter, Gauge, Registry } from '@prometheus-io/client';
import { buildInfo, type Telemetry } from './page.ts';
import { GAUGES, type StandingSamples } from './standing.ts';

export interface AnsweredRequest {
  /** As it is written in the code, so that there are few. */
  route: string;
  code: number;
  /** `sender` that was proven, `error`: a code. */
  notes: { sender?: unknown; error?: unknown };
}

export class ServerMetrics implements Telemetry {
  readonly registry = new Registry();
  readonly #read: () => Promise<StandingSamples>;
  readonly #requests = new Counter({
    name: 'sluice_http_requests_total',
    help: 'Requests that were answered.',
    labelNames: ['route', 'code'],
    registers: [this.registry],
  });
  readonly #hooks = new Counter({
    name: 'sluice_hooks_total',
    help: 'Deploy events that came in.',
    labelNames: ['sender', 'result'],
    registers: [this.registry],
  });
  readonly #up = this.#gauge(
    'sluice_temporal_up',
    [],
    '0: Temporal does not answer, and how things stand is not known.',
  );
  readonly #gauges = Object.entries(GAUGES).map(([name, [labels, help]]) => {
    return [name as keyof StandingSamples, this.#gauge(name, labels, help)] as const;
  });

  /** @param read how everything stands; it fails where Temporal does not answer */
  constructor(read: () => Promise<StandingSamples>) {
    this.#read = read;
    buildInfo(this.registry);
  }

  count({ route, code, notes: { sender = 'unproven', error = 'taken' } }: AnsweredRequest): void {
    this.#requests.inc({ route, code });
    if (route.startsWith('/hooks/deploy')) this.#hooks.inc({ sender: String(sender), result: String(error) });
  }

  /** What is not known is not told: neither what was before nor a zero. */
  async look(): Promise<void> {
    const standing = await this.#read().catch(() => undefined);
    this.#up.set(standing ? 1 : 0);
    for (const [name, gauge] of this.#gauges) {
      gauge.reset();
      for (const [labels, value] of standing?.[name] ?? []) gauge.inc(labels, value);
    }
  }

  #gauge(name: string, labelNames: string[], help: string): Gauge<string> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}
