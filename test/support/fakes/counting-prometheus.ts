import type { PrometheusClient, Sample } from '../../../src/metrics/index.ts';

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
    const baseline = promql.includes('last_over_time');
    const arms = this.pods.filter(({ arm }) => promql.includes(`"arm", "${arm}"`));
    const series = promql.includes('reporter="source"')
      ? this.#sources(at)
      : arms.flatMap((pod) => this.#pod(pod, at, baseline, promql.includes('_bucket')));
    const samples = [...series, [{ figure: 'clock' }, 0] as [Record<string, string>, number]].map(
      ([labels, value]): Sample => ({ labels, value, timeMs: at }),
    );
    return { ok: true as const, samples };
  }

  #pod(pod: CountingPod, at: number, baseline: boolean, buckets: boolean): [Record<string, string>, number][] {
    const { arm, name, bornMs } = pod;
    const labels = { arm, pod: name };
    const last = this.#lastScrape(pod, at);
    if (last === undefined) return [];
    const stale = pod.goneMs !== undefined && at >= pod.goneMs;
    const helpers: [Record<string, string>, number][] = baseline
      ? [
          [{ ...labels, figure: 'seen' }, 1],
          ...(bornMs < at - 120_000
            ? [[{ ...labels, figure: 'samples' }, 120_000 / this.scrapeMs] as [Record<string, string>, number]]
            : []),
        ]
      : [];
    if (stale && !(baseline && at - last < 60_000)) return helpers;
    const { good, bad } = this.#counts(pod, last);
    const counters: [Record<string, string>, number][] = buckets
      ? [...LE, Number.POSITIVE_INFINITY].map((le, i) => [
          { ...labels, le: le === Number.POSITIVE_INFINITY ? '+Inf' : String(le) },
          Math.floor((good + bad) * Math.min(1, i / 8)),
        ])
      : [
          [{ ...labels, response_code: '200' }, good],
          ...(bad > 0 ? [[{ ...labels, response_code: '503' }, bad] as [Record<string, string>, number]] : []),
        ];
    return [
      ...counters,
      ...(stale ? [] : [[{ ...labels, figure: 'scraped' }, last / 1000] as [Record<string, string>, number]]),
      ...helpers,
    ];
  }

  /** One gateway that sends what the pods answer. */
  #sources(at: number): [Record<string, string>, number][] {
    const scraped = Math.floor(at / this.scrapeMs) * this.scrapeMs;
    return (['primary', 'canary'] as const).flatMap((arm) => {
      const workload = { destination_workload: `${this.labels.app}-${arm === 'canary' ? 'v2' : 'v1'}` };
      const of = { destination_service_name: this.labels.app, ...workload, response_flags: '-' };
      const all = this.pods.filter((pod) => pod.arm === arm).map((pod) => this.#counts(pod, scraped));
      const [good, bad] = [all.reduce((sum, one) => sum + one.good, 0), all.reduce((sum, one) => sum + one.bad, 0)];
      return [
        [{ ...of, response_code: '200' }, good],
        [{ ...of, response_code: '503' }, bad],
        [{ ...workload, figure: 'scraped' }, scraped / 1000],
      ] as [Record<string, string>, number][];
    });
  }

  #lastScrape(pod: CountingPod, at: number): number | undefined {
    const first = pod.bornMs + pod.offsetMs;
    const until = Math.min(at, pod.goneMs ?? at);
    return until < first ? undefined : first + Math.floor((until - first) / this.scrapeMs) * this.scrapeMs;
  }

  #counts({ bornMs, goneMs, perSecond, failsEach }: CountingPod, atMs: number): { good: number; bad: number } {
    const until = Math.min(atMs, this.endMs, goneMs ?? atMs);
    const all = Math.max(0, Math.floor(((until - bornMs) / 1000) * perSecond));
    const bad = failsEach ? Math.floor(all / failsEach) : 0;
    return { good: all - bad, bad };
  }
}
