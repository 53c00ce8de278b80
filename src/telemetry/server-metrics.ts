/** What a server tells: what it was asked, counted; and how everything stands, read from Temporal when somebody looks. */
import { Counter, Gauge, Registry } from '@prometheus-io/client';
import { buildInfo, type Telemetry } from './page.ts';
import type { Standing } from './standing.ts';

/** A request that was answered. */
export interface Served {
  /** As it is written in the code, so that there are few. */
  route: string;
  code: number;
  /** `sender` that was proven, `error`: a code. */
  notes: { sender?: unknown; error?: unknown };
}

const HOOKS = '/hooks/deploy';
const QUEUE: ('cluster' | 'task_queue' | 'type')[] = ['cluster', 'task_queue', 'type'];

export class ServerMetrics implements Telemetry {
  readonly registry = new Registry();
  readonly #gauges: { reset(): void }[] = [];
  readonly #read: () => Promise<Standing>;
  readonly #requests = this.#counter('sluice_http_requests_total', ['route', 'code'], 'Requests that were answered.');
  readonly #hooks = this.#counter('sluice_hooks_total', ['sender', 'result'], 'Deploy events that came in.');
  readonly #up = this.#gauge(
    'sluice_temporal_up',
    [],
    '0: Temporal does not answer, and how things stand is not known.',
  );
  readonly #rollouts = this.#gauge('sluice_rollouts', ['cluster', 'namespace', 'state'], 'Open rollouts.');
  readonly #exposed = this.#gauge(
    'sluice_exposed',
    ['cluster', 'namespace', 'kind'],
    'Rollouts and mirrors by which users, or copies of their requests, may reach a canary.',
  );
  readonly #broken = this.#gauge(
    'sluice_broken',
    ['cluster', 'namespace', 'kind'],
    'Rollouts and mirrors whose decisions fail again and again.',
  );
  readonly #asked = this.#gauge(
    'sluice_needs_you_since_timestamp_seconds',
    ['cluster', 'namespace'],
    'Since when the rollout that has waited longest has needed people.',
  );
  readonly #ended = this.#gauge('sluice_rollouts_ended_last_day', ['outcome'], 'Rollouts that ended within 24 hours.');
  readonly #pollers = this.#gauge('sluice_task_queue_pollers', QUEUE, 'Workers seen on the queue.');
  readonly #backlog = this.#gauge('sluice_task_queue_backlog', QUEUE, 'Tasks that wait, about.');
  readonly #backlogAge = this.#gauge(
    'sluice_task_queue_backlog_age_seconds',
    QUEUE,
    'For how long the oldest of them has waited.',
  );

  /** @param read how everything stands; it fails where Temporal does not answer */
  constructor(read: () => Promise<Standing>) {
    this.#read = read;
    buildInfo(this.registry);
  }

  count({ route, code, notes: { sender = 'unproven', error = 'taken' } }: Served): void {
    this.#requests.inc({ route, code });
    if (route.startsWith(HOOKS)) this.#hooks.inc({ sender: String(sender), result: String(error) });
  }

  /** What is not known is not told: neither what was before nor a zero. */
  async look(): Promise<void> {
    const standing = await this.#read().catch(() => undefined);
    for (const gauge of this.#gauges) gauge.reset();
    this.#up.set(standing ? 1 : 0);
    if (standing) this.#show(standing);
  }

  #show({ open, asked, ended, queues }: Standing): void {
    for (const { kind, cluster, namespace, state, isExposed, isBroken } of open) {
      if (kind === 'rollout') this.#rollouts.inc({ cluster, namespace, state });
      if (isExposed) this.#exposed.inc({ cluster, namespace, kind });
      if (isBroken) this.#broken.inc({ cluster, namespace, kind });
    }
    // the oldest last, so that it stays
    for (const { since, ...where } of asked.toSorted((a, b) => b.since - a.since)) this.#asked.set(where, since);
    for (const { outcome, count } of ended) this.#ended.set({ outcome }, count);
    for (const { queue, load } of queues) {
      this.#pollers.set(queue, load.pollers);
      this.#backlog.set(queue, load.backlog);
      this.#backlogAge.set(queue, load.oldestS);
    }
  }

  #counter<Label extends string>(name: string, labelNames: Label[], help: string): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** One of how things stand. */
  #gauge<Label extends string>(name: string, labelNames: Label[], help: string): Gauge<Label> {
    const gauge = new Gauge({ name, help, labelNames, registers: [this.registry] });
    this.#gauges.push(gauge);
    return gauge;
  }
}
