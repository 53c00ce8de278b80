/**
 * Numbers about traffic: a client for the Prometheus HTTP API, the queries over Istio's standard metrics and the arithmetic
 * of counters. Verdicts are not made here (src/judge), and nothing here knows Temporal or Kubernetes.
 */
import { type Dispatcher, request } from 'undici';
import type { Matchers, MetricReference } from '../contract/analysis.ts';
import { REQUEST_MS } from '../contract/time-limits.ts';
import { readUpTo } from '../network/read-up-to.ts';
import { withMatchers } from '../promql/with-matchers.ts';
import {
  failed,
  type OrFailed,
  parseAnswer,
  parseRange,
  type QueryOutcome,
  type RangeOutcome,
  type WarningsMean,
} from './answer.ts';
import { type ConnectionOptions, dispatcherOf } from './connection.ts';
import { connectionRefusal, statusRefusal } from './refusals.ts';

export type { QueryOutcome, RangeOutcome, Sample, SeriesOverTime } from './answer.ts';

/** Moments of Prometheus's clock, ms: `startMs`, and every `stepMs` after it up to `endMs`. */
export interface Range {
  startMs: number;
  endMs: number;
  stepMs: number;
}

export interface QueryOptions {
  /** Moment to evaluate at; absent: Prometheus's now. */
  timeMs?: number;
  signal?: AbortSignal;
  /** It may travel with others that are asked at the same time. Default false. */
  shared?: boolean;
}

/** What a source calls the labels that Sluice asks for. Default: `pod`, `namespace`, `code`. */
export interface SourceLabels {
  pod?: string;
  namespace?: string;
  code?: string;
}

export interface PrometheusClient {
  readonly labelNames?: SourceLabels;
  /** Instant query. Never throws, except for an aborted `signal`. */
  query(promql: string, options?: QueryOptions): Promise<QueryOutcome>;
  /** A query over a range. Never throws, except for an aborted `signal`. */
  queryRange(promql: string, range: Range, signal?: AbortSignal): Promise<RangeOutcome>;
}

/** The client for where a plan's or a mirror's numbers come from. Never throws: what cannot be opened answers with why. */
export type OpenMetrics = (reference: MetricReference) => PrometheusClient;

export interface PrometheusOptions {
  /** ms for one whole answer. Default 5000. */
  timeoutMs?: number;
  /** Bytes of one answer. Default 5 MiB. */
  maxBytes?: number;
  /** How sentences call it. Default `Prometheus`. */
  who?: string;
  connection?: ConnectionOptions;
  /** Put into every selector of every query. */
  matchers?: Matchers;
  /** Sent with every query. */
  parameters?: Readonly<Record<string, string>>;
  /** Default incomplete. */
  warnings?: WarningsMean;
}

/**
 * The Prometheus HTTP API.
 * Format: prometheus.io/docs/prometheus/latest/querying/api.
 */
export class Prometheus implements PrometheusClient {
  readonly #endpoint: URL | undefined;
  readonly #options: Required<PrometheusOptions>;
  readonly #dispatcher: Dispatcher;

  /** @param baseUrl `http(s)://host[:port][/prefix]`; anything else makes every query `unreachable` */
  constructor(baseUrl: string, options: PrometheusOptions = {}) {
    this.#endpoint = endpointOf(baseUrl);
    this.#options = { ...DEFAULTS, ...options };
    this.#dispatcher = dispatcherOf(this.#options.connection, this.#options.timeoutMs);
  }

  async query(promql: string, { timeMs, signal }: QueryOptions = {}): Promise<QueryOutcome> {
    const time = timeMs === undefined ? undefined : String(timeMs / 1000);
    const answer = await this.#ask('query', promql, { ...(time && { time }) }, signal);
    return answer.ok ? parseAnswer(answer.text, this.#options) : answer;
  }

  async queryRange(promql: string, { startMs, endMs, stepMs }: Range, signal?: AbortSignal): Promise<RangeOutcome> {
    const [start, end, step] = [startMs, endMs, stepMs].map((ms) => String(ms / 1000)) as [string, string, string];
    const answer = await this.#ask('query_range', promql, { start, end, step }, signal);
    return answer.ok ? parseRange(answer.text, this.#options) : answer;
  }

  async close(): Promise<void> {
    await this.#dispatcher.close();
  }

  async #ask(
    path: 'query' | 'query_range',
    promql: string,
    times: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<Text> {
    const { who, matchers, parameters } = this.#options;
    if (!this.#endpoint)
      return failed('unreachable', `the address of ${who} must be http:// or https:// without user or password`);
    const query = withMatchers(promql, matchers);
    if (query === undefined)
      return failed('badQuery', `the matchers of ${who} cannot be put into the query: it is not plain PromQL`);
    const url = new URL(this.#endpoint);
    url.pathname += path;
    return this.#send(url, String(new URLSearchParams({ ...parameters, query, ...times })), signal);
  }

  async #send(url: URL, form: string, signal: AbortSignal | undefined): Promise<Text> {
    const { who, connection, timeoutMs } = this.#options;
    const deadline = AbortSignal.timeout(timeoutMs);
    const headers = { accept: 'application/json', ...connection.headers };
    const long = form.length > LONGEST_IN_ADDRESS;
    if (!long) url.search = form;
    try {
      const answer = await request(url, {
        dispatcher: this.#dispatcher,
        signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
        ...(long ? { method: 'POST', body: form, headers: { ...headers, ...FORM } } : { headers }),
      });
      const text = await this.#read(answer);
      signal?.throwIfAborted();
      return text;
    } catch (error) {
      signal?.throwIfAborted();
      if (deadline.aborted) return failed('timeout', `${who} did not answer within ${timeoutMs / 1000} s`);
      return connectionRefusal(error, { who, connection });
    }
  }

  async #read({ statusCode, body }: Dispatcher.ResponseData): Promise<Text> {
    const { who, maxBytes } = this.#options;
    if (statusCode !== 200) {
      const tells = TELLING.includes(statusCode);
      const words = tells ? await readUpTo(body, MAX_WORDS_BYTES).catch(() => undefined) : undefined;
      body.on('error', () => {}).destroy();
      return statusRefusal(statusCode, words, this.#options);
    }
    const text = await readUpTo(body, maxBytes);
    return text === undefined
      ? failed('tooLarge', `the answer of ${who} is larger than ${maxBytes} bytes`)
      : { ok: true, text };
  }
}

type Text = OrFailed<{ text: string }>;

/** Proxies cut addresses at 8 KiB, some at 4: longer queries travel in the body. */
const LONGEST_IN_ADDRESS = 2_000;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const DEFAULTS: Required<PrometheusOptions> = {
  timeoutMs: REQUEST_MS,
  maxBytes: 5 * 1024 * 1024,
  who: 'Prometheus',
  connection: {},
  matchers: {},
  parameters: {},
  warnings: 'incomplete',
};

/** Statuses whose words say more than they do themselves. */
const TELLING: readonly number[] = [400, 401, 422];
const MAX_WORDS_BYTES = 16_384;

function endpointOf(baseUrl: string): URL | undefined {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password) return undefined;
  url.pathname = `${url.pathname.replace(/(?<!\/)\/+$/, '')}/api/v1/`;
  url.search = '';
  url.hash = '';
  return url;
}
