import type { EventEmitter } from 'node:events';

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
  readonly #statuses = new Map<number, number>();
  readonly #connections: Connection[] = [];

  /** Follows one of autocannon's clients from its first request on. */
  watch(client: EventEmitter): void {
    const connection: Connection = { sent: 0, answered: 0, pending: false };
    this.#connections.push(connection);
    client.on('request', () => {
      connection.sent += 1;
      connection.pending = true;
    });
    client.on('response', (status: number | string) => {
      connection.answered += 1;
      connection.pending = false;
      this.#statuses.set(Number(status), (this.#statuses.get(Number(status)) ?? 0) + 1);
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
      unanswered: unanswered.reduce((sum, one) => sum + Math.max(0, one), 0),
    };
  }
}
