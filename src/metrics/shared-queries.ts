/**
 * Many intervals ask the same source at about the same time. What they ask within a few milliseconds travels as one request: a union in
 * which a label tells the answers apart. The whole is refused when one part is, so each is then asked by itself.
 */
import { abortable } from '../network/abortable.ts';
import { named } from './helper-series.ts';
import type { PrometheusClient, QueryOptions, QueryOutcome, Range, RangeOutcome, SourceLabels } from './prometheus.ts';

/** How long a query waits for others, ms. */
const GATHER_MS = 50;
/** Longest union, characters. */
const LONGEST = 20_000;
/** Its value is the place in the union. */
const PART = 'part';

const NO_ANSWER: readonly string[] = ['unreachable', 'timeout', 'login', 'source'];

interface Asked {
  promql: string;
  answer: Promise<QueryOutcome>;
  give: (outcome: QueryOutcome) => void;
}

export class SharedQueries implements PrometheusClient {
  readonly #client: PrometheusClient;
  #asked = new Map<string, Asked>();

  constructor(client: PrometheusClient) {
    this.#client = client;
  }

  get labelNames(): SourceLabels | undefined {
    return this.#client.labelNames;
  }

  /** Only what is `shared` and about now waits for others, and is asked once for all who ask the same. */
  async query(promql: string, options: QueryOptions = {}): Promise<QueryOutcome> {
    const { shared, signal, timeMs } = options;
    if (!shared || timeMs !== undefined) return this.#client.query(promql, options);
    signal?.throwIfAborted();
    const { answer } = this.#asked.get(promql) ?? this.#ask(promql);
    return signal ? abortable(answer, signal) : answer;
  }

  queryRange(promql: string, range: Range, signal?: AbortSignal): Promise<RangeOutcome> {
    return this.#client.queryRange(promql, range, signal);
  }

  #ask(promql: string): Asked {
    const { promise: answer, resolve: give } = Promise.withResolvers<QueryOutcome>();
    const asked = { promql, answer, give };
    if (this.#asked.size === 0) setTimeout(() => this.#send(), GATHER_MS);
    this.#asked.set(promql, asked);
    return asked;
  }

  #send(): void {
    const all = [...this.#asked.values()];
    this.#asked = new Map();
    for (const part of inParts(all)) void this.#sendTogether(part);
  }

  async #sendTogether(all: readonly Asked[]): Promise<void> {
    const outcome = all.length > 1 ? await this.#client.query(union(all)) : undefined;
    for (const [index, { promql, give }] of all.entries()) {
      if (outcome?.ok) give(partOf(outcome.samples, String(index)));
      // what did not answer at all will not do so sooner when it is asked for each
      else if (outcome && NO_ANSWER.includes(outcome.error.kind)) give(outcome);
      else void this.#client.query(promql).then(give);
    }
  }
}

function union(all: readonly Asked[]): string {
  return all.map(({ promql }, index) => named(promql, PART, String(index))).join(' or ');
}

function partOf(samples: Extract<QueryOutcome, { ok: true }>['samples'], index: string): QueryOutcome {
  const own = samples.filter(({ labels }) => labels[PART] === index);
  return { ok: true, samples: own.map(({ labels: { [PART]: _, ...labels }, ...rest }) => ({ ...rest, labels })) };
}

function inParts(all: readonly Asked[]): Asked[][] {
  const parts: Asked[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const asked of all) {
    if (length + asked.promql.length > LONGEST) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(asked);
    length += asked.promql.length;
  }
  return parts;
}
