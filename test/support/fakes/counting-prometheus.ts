import type { PrometheusClient, Sample } from '../../../src/metrics/prometheus.ts';

/** What is scraped: from `bornMs` on it answers `perSecond` requests; of `failsEach` requests one fails. */
export interface CountingPod {
  arm: 'canary' | 'primary';
  name: string;
  bornMs: number;
  goneMs?: number;
  perSecond: number;
  failsEach?: number;
  /** Its first scrape is so long after its birth, ms. */
  offsetMs: number;
}

const LE = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1.8e6, 3.6e6,
];

type Labelled = [labels: Record<string, string>, value: number];
type Span = readonly [fromMs: number, toMs: number];
interface Counted {
  good: number;
  bad: number;
}

/** A Prometheus by arithmetic: what it says of any moment follows from its pods. Its clock is `skewMs` ahead; requests end at `endMs`. */
export class CountingPrometheus implements PrometheusClient {
  skewMs = 0;
  endMs = Number.POSITIVE_INFINITY;
  away = false;
  readonly scrapeMs: number;
  readonly pods: CountingPod[];
  readonly labels: { app: string };

  constructor(app: string, scrapeMs: number, pods: CountingPod[]) {
    this.labels = { app };
    this.scrapeMs = scrapeMs;
    this.pods = pods;
  }

  async queryRange() {
    return { ok: true as const, series: [] };
  }

  async query(promql: string, { timeMs }: { timeMs?: number } = {}) {
    if (this.away)
      return { ok: false as const, error: { kind: 'unreachable' as const, message: 'Prometheus is away' } };
    const at = timeMs ?? Date.now() + this.skewMs;
    const arms = this.pods.filter(({ arm }) => promql.includes(`"arm", "${arm}"`));
    const window = windowOf(promql, at);
    const series = promql.includes('reporter="source"')
      ? this.#sources(at, window)
      : arms.flatMap((pod) => this.#pod(pod, at, window, promql.includes('_bucket')));
    const samples = [...series, [{ figure: 'clock' }, 0] as Labelled].map(
      ([labels, value]): Sample => ({ labels, value, timeMs: at }),
    );
    return { ok: true as const, samples };
  }

  #pod(pod: CountingPod, at: number, window: Span | undefined, buckets: boolean): Labelled[] {
    const { arm, name, bornMs, goneMs = Number.POSITIVE_INFINITY } = pod;
    const labels = { arm, pod: name };
    const last = this.#lastScrape(pod, at);
    const times: Labelled[] =
      last === undefined || at >= goneMs ? [] : [[{ ...labels, figure: 'scraped' }, last / 1000]];
    if (!window) {
      const old = bornMs < at - 300_000 && last !== undefined;
      return old ? [...times, [{ ...labels, figure: 'samples' }, 300_000 / this.scrapeMs]] : times;
    }
    const before = this.#lastScrape(pod, window[0]);
    const known: Labelled[] = before === undefined ? [] : [[{ arm, figure: 'known' }, 1]];
    const newest = this.#lastScrape(pod, Math.min(window[1], at));
    if (newest === undefined) return [...times, ...known];
    const counted = [this.#counts(pod, newest), this.#counts(pod, before ?? bornMs)] as const;
    const [good, bad] = [counted[0].good - counted[1].good, counted[0].bad - counted[1].bad];
    const counters: Labelled[] = buckets
      ? [...LE, Number.POSITIVE_INFINITY].map((le, i) => {
          const upTo = ({ good, bad }: Counted) => Math.floor((good + bad) * Math.min(1, i / 8));
          const text = le === Number.POSITIVE_INFINITY ? '+Inf' : String(le);
          return [{ ...labels, le: text }, upTo(counted[0]) - upTo(counted[1])];
        })
      : [
          [{ ...labels, response_code: '200' }, good],
          ...(counted[0].bad > 0 ? [[{ ...labels, response_code: '503' }, bad] as Labelled] : []),
        ];
    return [...counters, ...times, ...known];
  }

  /** One gateway that sends what the pods answer. */
  #sources(at: number, window: Span | undefined): Labelled[] {
    const scrape = (ms: number) => Math.floor(ms / this.scrapeMs) * this.scrapeMs;
    const helpers: Labelled[] = [
      [{ figure: 'oldest' }, scrape(at) / 1000],
      ...(window ? [[{ figure: 'known' }, 1] as Labelled] : []),
    ];
    const series = (['primary', 'canary'] as const).flatMap((arm): Labelled[] => {
      const workload = { destination_workload: `${this.labels.app}-${arm === 'canary' ? 'v2' : 'v1'}` };
      const times: Labelled = [{ ...workload, figure: 'scraped' }, scrape(at) / 1000];
      if (!window) return [times];
      const of = { destination_service_name: this.labels.app, ...workload, response_flags: '-' };
      const grown = this.pods
        .filter((pod) => pod.arm === arm)
        .map(
          (pod) => [this.#counts(pod, scrape(Math.min(window[1], at))), this.#counts(pod, scrape(window[0]))] as const,
        );
      const sum = (kind: keyof Counted) => grown.reduce((all, [now, then]) => all + now[kind] - then[kind], 0);
      return [[{ ...of, response_code: '200' }, sum('good')], [{ ...of, response_code: '503' }, sum('bad')], times];
    });
    return [...series, ...helpers];
  }

  #lastScrape(pod: CountingPod, at: number): number | undefined {
    const first = pod.bornMs + pod.offsetMs;
    const until = Math.min(at, pod.goneMs ?? at);
    return until < first ? undefined : first + Math.floor((until - first) / this.scrapeMs) * this.scrapeMs;
  }

  #counts({ bornMs, goneMs, perSecond, failsEach }: CountingPod, atMs: number): Counted {
    const until = Math.min(atMs, this.endMs, goneMs ?? atMs);
    const all = Math.max(0, Math.floor(((until - bornMs) / 1000) * perSecond));
    const bad = failsEach ? Math.floor(all / failsEach) : 0;
    return { good: all - bad, bad };
  }
}

/** What growth is asked about: `(...)[29999ms:5000ms] @ 1795970703.535`, with looks that are shifted. */
function windowOf(promql: string, at: number): Span | undefined {
  const found = /offset (\d+)ms.*?\)\[(\d+)ms:\d+ms\] @ ([\d.]+)/s.exec(promql);
  if (!found) return undefined;
  const until = Math.round(Number(found[3]) * 1000) - Number(found[1]);
  return [until - Number(found[2]) - 1, Math.min(until, at)];
}
