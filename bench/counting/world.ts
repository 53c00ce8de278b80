/** One service under one interval: what its pods and its callers count, when they are scraped, and what arrives of that when. */
import type { Written } from './remote-write.ts';

export type Between = readonly [fromMs: number, toMs: number];

/** A pod or a caller's proxy; times in ms of Prometheus's clock. */
export interface Life {
  name: string;
  bornMs: number;
  goneMs?: number;
  /** Its counters began again at 0. */
  restarts?: number[];
  /** Its scrapes fail. */
  hidden?: Between;
  /** What it had counted before, by outcome: good and failed requests. */
  old?: readonly [good: number, bad: number];
}

export interface CountedService {
  app: string;
  canary: Life[];
  callers: Life[];
  scrapeMs: number;
  /** Between a scrape and the moment when it can be read. */
  lagMs: number;
  /** Prometheus does not run. */
  down?: Between;
  /** What it had scraped then is lost when it comes back. */
  lost?: Between;
  /** Two Prometheis with gaps of their own; `merged`: somebody before us makes one series of them. */
  replicas?: { gaps: [Between[], Between[]]; merged: boolean };
  /** Of all requests to the canary. */
  failing: number;
}

/** Requests to the canary in a second. */
export const PER_SECOND = 20;
const PRIMARY_PER_SECOND = 80;
export const HASH = '5d8f';

interface Arrival extends Written {
  arrivesMs: number;
}

/** Everything that is scraped between two moments, in the order of its arrival. */
export function arrivals(world: CountedService, [fromMs, toMs]: Between, random: () => number): Arrival[] {
  const primary: Life = { name: `${world.app}-v1-77aa-p0`, bornMs: Number.NEGATIVE_INFINITY, old: [90_000, 90] };
  const scraped = [
    ...world.canary.map((life) => ({ life, series: (at: number) => podSeries(world, life, at) })),
    { life: primary, series: (at: number) => primarySeries(world, primary, at, fromMs) },
    ...world.callers.map((life) => ({ life, series: (at: number) => callerSeries(world, life, at) })),
  ];
  const copies = world.replicas ? [0, 1] : [0];
  const all = scraped.flatMap(({ life, series }) => {
    const phases = copies.map(() => random() * world.scrapeMs);
    return copies.flatMap((copy) => scrapes(world, life, series, { copy, phaseMs: phases[copy] ?? 0, fromMs, toMs }));
  });
  return all.toSorted((a, b) => a.arrivesMs - b.arrivesMs);
}

const LATE_MS = 100;

interface Scraper {
  copy: number;
  phaseMs: number;
  fromMs: number;
  toMs: number;
}

function scrapes(
  world: CountedService,
  life: Life,
  series: (atMs: number) => [Record<string, string>, number][],
  { copy, phaseMs, fromMs, toMs }: Scraper,
): Arrival[] {
  const written: Arrival[] = [];
  let last: [Record<string, string>, number][] | undefined;
  for (let at = Math.round(fromMs + phaseMs); at < toMs; at += world.scrapeMs) {
    if (within(at, world.down) || asleep(world, copy, at)) continue;
    const answers = at >= life.bornMs && at < (life.goneMs ?? toMs) && !within(at, life.hidden);
    // a copy dates some of its scrapes as if its clock were behind: what is read goes back by what came in LATE_MS
    const readAt = world.replicas?.merged && Math.floor(at / 1_000) % 7 === 0 ? at - world.scrapeMs - LATE_MS : at;
    const now = answers ? series(readAt) : undefined;
    for (const [labels, value] of now ?? last ?? []) {
      if (within(at, world.lost)) continue;
      const own = world.replicas && !world.replicas.merged ? { ...labels, prometheus_replica: `p-${copy}` } : labels;
      written.push({ labels: own, timeMs: at, value: now && value, arrivesMs: at + world.lagMs });
    }
    last = now;
  }
  return written;
}

/** Of merged copies the second one is read only where the first has a gap. */
function asleep({ replicas }: CountedService, copy: number, at: number): boolean {
  if (!replicas) return false;
  const [first, second] = replicas.gaps.map((gaps) => gaps.some((gap) => within(at, gap)));
  if (!replicas.merged) return Boolean(copy === 0 ? first : second);
  return copy === 0 ? Boolean(first) : !first || Boolean(second);
}

export function within(at: number, span: Between | undefined): boolean {
  return span !== undefined && at >= span[0] && at < span[1];
}

/** Its part of all requests: those that live at a moment share them. */
function share(life: Life, group: readonly Life[], at: number, perSecond: number): number {
  const begin = Math.max(life.bornMs, 0, ...(life.restarts ?? []).filter((ms) => ms <= at));
  const changes = group.flatMap(({ bornMs, goneMs }) => [bornMs, goneMs ?? at]).filter((ms) => ms > begin && ms < at);
  let [sum, from] = [0, begin];
  for (const to of [...changes, at].toSorted((a, b) => a - b)) {
    const middle = (from + to) / 2;
    const alive = group.filter(({ bornMs, goneMs = Number.POSITIVE_INFINITY }) => bornMs <= middle && middle < goneMs);
    sum += ((to - from) / 1_000) * (perSecond / Math.max(1, alive.length));
    from = to;
  }
  return sum;
}

function counts(world: CountedService, life: Life, group: readonly Life[], at: number): [good: number, bad: number] {
  const all = Math.floor(share(life, group, at, PER_SECOND));
  const bad = Math.floor(all * world.failing);
  const restarted = (life.restarts ?? []).some((ms) => ms <= at);
  const [oldGood, oldBad] = restarted ? [0, 0] : (life.old ?? [0, 0]);
  return [oldGood + all - bad, oldBad + bad];
}

function podSeries(world: CountedService, life: Life, at: number): [Record<string, string>, number][] {
  const [good, bad] = counts(world, life, world.canary, at);
  const labels = { ...podLabels(world, life.name, 'v2'), reporter: 'destination', response_flags: '-' };
  return withCodes(labels, [
    ['200', good],
    ['500', bad],
  ]);
}

function primarySeries(
  world: CountedService,
  life: Life,
  at: number,
  fromMs: number,
): [Record<string, string>, number][] {
  const all = Math.floor(((at - fromMs) / 1_000) * PRIMARY_PER_SECOND);
  const labels = { ...podLabels(world, life.name, 'v1'), reporter: 'destination', response_flags: '-' };
  return withCodes(labels, [['200', (life.old?.[0] ?? 0) + all]]);
}

/** Old failures of a caller are those that no pod of the canary saw. */
function callerSeries(world: CountedService, life: Life, at: number): [Record<string, string>, number][] {
  const [good, bad] = counts(world, { ...life, old: [0, 0] }, world.callers, at);
  const restarted = (life.restarts ?? []).some((ms) => ms <= at);
  const [oldGood, oldBad] = restarted ? [0, 0] : (life.old ?? [0, 0]);
  const labels = { ...podLabels(world, life.name, 'v2'), reporter: 'source', source_workload: 'gateway' };
  const answered = withCodes({ ...labels, response_flags: '-' }, [
    ['200', oldGood + good],
    ['500', bad],
  ]);
  return [...answered, ...withCodes({ ...labels, response_flags: 'UH' }, [['503', oldBad]])];
}

function podLabels({ app }: CountedService, pod: string, version: 'v1' | 'v2'): Record<string, string> {
  return {
    __name__: 'istio_requests_total',
    job: 'kubernetes-pods',
    instance: `${pod}:15020`,
    pod,
    destination_workload: `${app}-${version}`,
    destination_workload_namespace: 'demo',
    destination_service_name: app,
    destination_service_namespace: 'demo',
    connection_security_policy: 'mutual_tls',
  };
}

/** A counter is there from its first request on. */
function withCodes(labels: Record<string, string>, counted: [string, number][]): [Record<string, string>, number][] {
  return counted.filter(([, count]) => count > 0).map(([code, count]) => [{ ...labels, response_code: code }, count]);
}
