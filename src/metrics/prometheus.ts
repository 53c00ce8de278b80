import { Agent, type Dispatcher, request } from 'undici';
import { REQUEST_MS } from '../contract/time-limits.ts';
import { parseNumber } from './number.ts';

/** One series of an instant vector. */
export interface Sample {
  labels: Record<string, string>;
  /** May be NaN or infinite. */
  value: number;
  /** When the query was evaluated, ms on Prometheus's clock; not when the value was scraped. */
  timeMs: number;
}

/**
 * - `unreachable`: no connection, or the address is not one
 * - `timeout`: no whole answer within the time
 * - `http`: another status than 200, a redirect included (never followed)
 * - `badQuery`: 400 or 422
 * - `badAnswer`: not an instant vector of numbers, or for a range not a matrix
 * - `partial`: warnings came with the data, so something is missing
 * - `tooLarge`: the answer was cut off
 */
type QueryErrorKind = 'unreachable' | 'timeout' | 'http' | 'badQuery' | 'badAnswer' | 'partial' | 'tooLarge';

interface QueryError {
  kind: QueryErrorKind;
  /** One sentence; never repeats what the other side sent. */
  message: string;
  /** Of a refused query: Prometheus's own words, one line, at most 300 characters. For who wrote the query, not for logs. */
  detail?: string;
}

type Outcome<Answer> = ({ ok: true } & Answer) | { ok: false; error: QueryError };

export type QueryOutcome = Outcome<{ samples: Sample[] }>;

/** One series over time; a moment without a value is absent. */
export interface SeriesOverTime {
  labels: Record<string, string>;
  points: [timeMs: number, value: number][];
}

export type RangeOutcome = Outcome<{ series: SeriesOverTime[] }>;

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

export interface PrometheusClient {
  /** Instant query. Never throws, except for an aborted `signal`. */
  query(promql: string, options?: QueryOptions): Promise<QueryOutcome>;
  /** A query over a range. Never throws, except for an aborted `signal`. */
  queryRange(promql: string, range: Range, signal?: AbortSignal): Promise<RangeOutcome>;
}

export interface PrometheusOptions {
  /** ms for one whole answer. Default 5000. */
  timeoutMs?: number;
  /** Bytes of one answer. Default 5 MiB. */
  maxBytes?: number;
}

/**
 * The Prometheus HTTP API.
 * Format: prometheus.io/docs/prometheus/latest/querying/api.
 */
export class Prometheus implements PrometheusClient {
  readonly #endpoint: URL | undefined;
  readonly #timeoutMs: number;
  readonly #maxBytes: number;
  readonly #agent: Agent;

  /** @param baseUrl `http(s)://host[:port][/prefix]`; anything else makes every query `unreachable` */
  constructor(baseUrl: string, { timeoutMs = REQUEST_MS, maxBytes = 5 * 1024 * 1024 }: PrometheusOptions = {}) {
    this.#endpoint = endpointOf(baseUrl);
    this.#timeoutMs = timeoutMs;
    this.#maxBytes = maxBytes;
    this.#agent = new Agent({ connect: { timeout: timeoutMs }, connections: 4 });
  }

  async query(promql: string, { timeMs, signal }: QueryOptions = {}): Promise<QueryOutcome> {
    const time = timeMs === undefined ? undefined : String(timeMs / 1000);
    const answer = await this.#get('query', { query: promql, ...(time && { time }) }, signal);
    return answer.ok ? parseAnswer(answer.text) : answer;
  }

  async queryRange(promql: string, { startMs, endMs, stepMs }: Range, signal?: AbortSignal): Promise<RangeOutcome> {
    const [start, end, step] = [startMs, endMs, stepMs].map((ms) => String(ms / 1000)) as [string, string, string];
    const answer = await this.#get('query_range', { query: promql, start, end, step }, signal);
    return answer.ok ? parseRange(answer.text) : answer;
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #get(
    path: 'query' | 'query_range',
    parameters: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<Text> {
    if (!this.#endpoint) {
      return failed('unreachable', 'the Prometheus address must be http:// or https:// without user or password');
    }
    const url = new URL(this.#endpoint);
    url.pathname += path;
    url.search = String(new URLSearchParams(parameters));
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    try {
      const answer = await request(url, {
        dispatcher: this.#agent,
        signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
        headers: { accept: 'application/json' },
      });
      const text = await this.#read(answer);
      signal?.throwIfAborted();
      return text;
    } catch (error) {
      signal?.throwIfAborted();
      if (deadline.aborted) return failed('timeout', `Prometheus did not answer within ${this.#timeoutMs / 1000} s`);
      return failed('unreachable', `Prometheus cannot be reached (${codeOf(error)})`);
    }
  }

  async #read({ statusCode, body }: Dispatcher.ResponseData): Promise<Text> {
    const rejected = statusCode === 400 || statusCode === 422;
    if (statusCode !== 200) {
      const detail = rejected ? await readUpTo(body, MAX_DETAIL_BYTES).then(errorText, () => undefined) : undefined;
      body.on('error', () => {}).destroy();
      if (rejected) return failed('badQuery', `Prometheus refused the query (HTTP ${statusCode})`, detail);
      const redirect = statusCode >= 300 && statusCode < 400 ? '; redirects are not followed' : '';
      return failed('http', `Prometheus answered HTTP ${statusCode}${redirect}`);
    }
    const text = await readUpTo(body, this.#maxBytes);
    if (text === undefined) return failed('tooLarge', `Prometheus's answer is larger than ${this.#maxBytes} bytes`);
    return { ok: true, text };
  }
}

type Text = Outcome<{ text: string }>;

const MAX_DETAIL_BYTES = 16_384;
const MAX_DETAIL = 300;

/** Prometheus's own words about a query, on one line; only for who wrote the query. */
function errorText(body: string | undefined): string | undefined {
  let answer: { error?: unknown } | null;
  try {
    answer = JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
  if (typeof answer?.error !== 'string') return undefined;
  // Line breaks of Unicode and marks that turn the direction of text are no better than control characters.
  const line = answer.error.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return line.slice(0, MAX_DETAIL).replace(/[\ud800-\udbff]$/, '');
}

async function readUpTo(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the body and with it the connection.
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads the body of an instant query. */
function parseAnswer(text: string): QueryOutcome {
  const result = resultOf(text, 'vector');
  if (!result.ok) return result;
  const samples = result.list.map((entry) => parseSample(entry as Parameters<typeof parseSample>[0]));
  const whole = samples.every((sample) => sample !== undefined);
  return whole ? { ok: true, samples } : failed('badAnswer', 'a series of the answer is not a number with labels');
}

/** Reads the body of a range query. */
function parseRange(text: string): RangeOutcome {
  const result = resultOf(text, 'matrix');
  if (!result.ok) return result;
  const series = result.list.map((entry) => parseSeries(entry as Parameters<typeof parseSeries>[0]));
  const whole = series.every((one) => one !== undefined);
  return whole ? { ok: true, series } : failed('badAnswer', 'a series of the answer is not numbers with labels');
}

function resultOf(text: string, wanted: 'vector' | 'matrix'): Outcome<{ list: unknown[] }> {
  let answer: { status?: unknown; data?: { resultType?: unknown; result?: unknown } | null; warnings?: unknown } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    return failed('badAnswer', 'the answer is not JSON; is this address a Prometheus?');
  }
  if (answer?.status !== 'success' || typeof answer.data !== 'object' || answer.data === null) {
    return failed('badAnswer', 'the answer is not a Prometheus query result; is this address a Prometheus?');
  }
  const { resultType, result } = answer.data;
  if (resultType !== wanted || !Array.isArray(result)) {
    const type =
      typeof resultType === 'string' && /^[a-z]{1,20}$/.test(resultType) ? `a ${resultType}` : 'something else';
    const instant = wanted === 'vector' ? 'an instant vector' : 'a matrix';
    return failed('badAnswer', `${instant} is wanted, Prometheus answered with ${type}`);
  }
  if (Array.isArray(answer.warnings) && answer.warnings.length > 0) {
    return failed('partial', `Prometheus warned ${answer.warnings.length} times that its data may be incomplete`);
  }
  return { ok: true, list: result };
}

function parseSeries(entry: { metric?: unknown; values?: unknown } | null): SeriesOverTime | undefined {
  if (typeof entry?.metric !== 'object' || entry.metric === null || !Array.isArray(entry.values)) return undefined;
  const points = (entry.values as unknown[]).map(parsePoint);
  if (!points.every((point) => point !== undefined)) return undefined;
  return { labels: entry.metric as Record<string, string>, points };
}

function parseSample(entry: { metric?: unknown; value?: unknown } | null): Sample | undefined {
  const point = parsePoint(entry?.value);
  if (!point || typeof entry?.metric !== 'object' || entry.metric === null) return undefined;
  return { labels: entry.metric as Record<string, string>, timeMs: point[0], value: point[1] };
}

function parsePoint(point: unknown): [timeMs: number, value: number] | undefined {
  const [time, text] = Array.isArray(point) ? point : [];
  const value = parseNumber(text);
  return value === undefined || typeof time !== 'number' ? undefined : [time * 1000, value];
}

function endpointOf(baseUrl: string): URL | undefined {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password) return undefined;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/`;
  url.search = '';
  url.hash = '';
  return url;
}

function failed(kind: QueryErrorKind, message: string, detail?: string): { ok: false; error: QueryError } {
  return { ok: false, error: { kind, message, ...(detail && { detail }) } };
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code ?? name ?? 'unknown error');
}
