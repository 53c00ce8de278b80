/**
 * What the query API answers, taken apart.
 * Format: prometheus.io/docs/prometheus/latest/querying/api; what others add to it is cited where it is read.
 */
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
 * - `login`: who asks is not known or may not, there or at the proxy; or the login itself cannot be read
 * - `source`: there is no such metric source here
 * - `http`: another status than 200, a redirect included (never followed)
 * - `badQuery`: 400 or 422
 * - `badAnswer`: not an instant vector of numbers, or for a range not a matrix
 * - `partial`: the answer says itself that something may be missing
 * - `tooLarge`: the answer was cut off
 */
type QueryErrorKind =
  | 'unreachable'
  | 'timeout'
  | 'login'
  | 'source'
  | 'http'
  | 'badQuery'
  | 'badAnswer'
  | 'partial'
  | 'tooLarge';

interface QueryError {
  kind: QueryErrorKind;
  /** One sentence; never repeats what the other side sent. */
  message: string;
  /** Of a refused query: Prometheus's own words, one line, at most 300 characters. For who wrote the query, not for logs. */
  detail?: string;
}

export interface Failed {
  ok: false;
  error: QueryError;
}

export type OrFailed<Answer> = ({ ok: true } & Answer) | Failed;

export type QueryOutcome = OrFailed<{ samples: Sample[] }>;

/** One series over time; a moment without a value is absent. */
export interface SeriesOverTime {
  labels: Record<string, string>;
  points: [timeMs: number, value: number][];
}

export type RangeOutcome = OrFailed<{ series: SeriesOverTime[] }>;

/** What warnings and partial answers are: no answer, or nothing. */
export type WarningsMean = 'incomplete' | 'ignore';

/** Who answers, in sentences, and what its warnings mean. */
export interface AnswerReading {
  who: string;
  warnings: WarningsMean;
}

export function failed(kind: QueryErrorKind, message: string, detail?: string): Failed {
  return { ok: false, error: { kind, message, ...(detail && { detail }) } };
}

/** Reads the body of an instant query. */
export function parseAnswer(text: string, reading: AnswerReading): QueryOutcome {
  const result = resultOf(text, 'vector', reading);
  if (!result.ok) return result;
  const samples = result.list.map((entry) => parseSample(entry as Parameters<typeof parseSample>[0]));
  const whole = samples.every((sample) => sample !== undefined);
  return whole ? { ok: true, samples } : failed('badAnswer', 'a series of the answer is not a number with labels');
}

/** Reads the body of a range query. */
export function parseRange(text: string, reading: AnswerReading): RangeOutcome {
  const result = resultOf(text, 'matrix', reading);
  if (!result.ok) return result;
  const series = result.list.map((entry) => parseSeries(entry as Parameters<typeof parseSeries>[0]));
  const whole = series.every((one) => one !== undefined);
  return whole ? { ok: true, series } : failed('badAnswer', 'a series of the answer is not numbers with labels');
}

interface Body {
  status?: unknown;
  data?: { resultType?: unknown; result?: unknown } | null;
  warnings?: unknown;
  isPartial?: unknown;
}

function resultOf(
  text: string,
  wanted: 'vector' | 'matrix',
  { who, warnings }: AnswerReading,
): OrFailed<{ list: unknown[] }> {
  let answer: Body | null;
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
    return failed('badAnswer', `${instant} is wanted, ${who} answered with ${type}`);
  }
  const missing = warnings === 'ignore' ? undefined : incomplete(answer);
  return missing ? failed('partial', `${who} ${missing}`) : { ok: true, list: result };
}

/**
 * How an answer says that something may be missing: `warnings` of Prometheus, Thanos (thanos.io, "Querier", partial response) and
 * Mimir; `isPartial` of a VictoriaMetrics cluster (docs.victoriametrics.com, "Cluster availability"). What Prometheus has to say about
 * the query alone are `infos`; before 2.54 they came as warnings that begin with "PromQL info:".
 */
function incomplete({ warnings, isPartial }: Body): string | undefined {
  if (isPartial === true) return 'says that its answer is partial';
  const told = Array.isArray(warnings) ? warnings.filter((one) => !/^PromQL info:/.test(String(one))) : [];
  return told.length > 0 ? `warned ${told.length} times that its data may be incomplete` : undefined;
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
