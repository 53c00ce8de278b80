import type { EventEmitter } from 'node:events';
import type { LoadSoFar } from '../../contract/slice.ts';
import { histogramQuantile } from '../../judge/quantile.ts';

/** Each bound of the answer times is so many times the one before: the 300 from 1 ms to 10 s fit into a hand-over. */
const STEP = 1.03;

interface Connection {
  sent: number;
  answered: number;
  /** The last request has no outcome yet. */
  pending: boolean;
}

export interface LoadCounts {
  /** Answers by status. */
  statuses: Map<number, number>;
  /** Requests that were sent and never answered: refused, reset, closed, timed out. */
  unanswered: number;
}

/**
 * Counts what became of each request of a load test. autocannon's own totals count the first second twice, leave out a
 * request whose connection was closed before the answer, and count every reconnection to a closed port as an error.
 */
export class LoadTally {
  readonly #statuses: Map<number, number>;
  /** By the power of `STEP` that they do not exceed. */
  readonly #times: Map<number, number>;
  readonly #unanswered: number;
  readonly #connections: Connection[] = [];

  /** @param soFar of the slice before */
  constructor(
    { statuses, times, unanswered }: Omit<LoadSoFar, 'seconds'> = { statuses: [], times: [], unanswered: 0 },
  ) {
    this.#statuses = new Map(statuses);
    this.#times = new Map(times);
    this.#unanswered = unanswered;
  }

  /** Follows one of autocannon's clients from its first request on. */
  watch(client: EventEmitter): void {
    const connection: Connection = { sent: 0, answered: 0, pending: false };
    this.#connections.push(connection);
    client.on('request', () => {
      connection.sent += 1;
      connection.pending = true;
    });
    client.on('response', (status: number | string, _bytes: number, ms: number) => {
      connection.answered += 1;
      connection.pending = false;
      count(this.#statuses, Number(status));
      count(this.#times, Math.ceil(Math.log(Math.max(1, ms)) / Math.log(STEP)));
    });
    for (const failure of ['connError', 'timeout']) {
      client.on(failure, () => {
        connection.pending = false;
      });
    }
  }

  /** A request that is under way counts as nothing, unless its connection has never had an answer. */
  get counts(): LoadCounts {
    const unanswered = this.#connections.map(
      ({ sent, answered, pending }) => sent - answered - (pending && answered > 0 ? 1 : 0),
    );
    return {
      statuses: new Map(this.#statuses),
      unanswered: unanswered.reduce((sum, one) => sum + Math.max(0, one), this.#unanswered),
    };
  }

  /** The 99th percentile of all answers, ms; 0 without any. */
  get p99Ms(): number {
    let total = 0;
    const buckets = [...this.#times]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([power, answers]): [number, number][] => {
        total += answers;
        return [
          [STEP ** (power - 1), total - answers],
          [STEP ** power, total],
        ];
      });
    return histogramQuantile(0.99, [...buckets, [Number.POSITIVE_INFINITY, total]])?.value ?? 0;
  }

  get soFar(): Omit<LoadSoFar, 'seconds'> {
    const { statuses, unanswered } = this.counts;
    return { statuses: [...statuses], unanswered, times: [...this.#times] };
  }
}

function count(of: Map<number, number>, key: number): void {
  of.set(key, (of.get(key) ?? 0) + 1);
}
