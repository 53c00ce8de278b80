/** 200 intervals of one kind, all on one clock that is set: what arrives by then is written, and then the samplers look. */
import type { Check } from '../../src/contract/analysis.ts';
import type { judgeInterval } from '../../src/judge/interval.ts';
import type { IntervalSampler } from '../../src/metrics/interval-sampler.ts';
import type { PrometheusClient } from '../../src/metrics/prometheus.ts';
import { seededRandom } from '../../test/support/random.ts';
import type { Kind } from './kinds.ts';
import { remoteWrite, type Written } from './remote-write.ts';
import type { Store } from './store.ts';
import { arrivals, type CountedService, HASH, PER_SECOND, within } from './world.ts';

/** The code that is measured. */
export interface Product {
  IntervalSampler: typeof IntervalSampler;
  familyOf: () => ConstructorParameters<typeof IntervalSampler>[2]['family'];
  judgeInterval: typeof judgeInterval;
}

export interface VerdictTally {
  kind: string;
  intervals: number;
  /** A pass of what fails, or the other way round. */
  wrong: number;
  noAnswer: number;
  /** More or fewer requests than there can have been. */
  miscounted: number;
  /** Longest wait after the end of an interval, s. */
  waited: number;
  /** One sentence of a wrong verdict. */
  example?: string;
}

const CHECKS: Check[] = [{ name: 'success-rate', builtin: 'requestSuccessRate', min: 99 } as Check];
const HEALTHY = 0.002;
const SICK = 0.05;
/** Before the first interval, so that there is a past. */
const PAST_MS = 7 * 60_000;
const SPREAD_MS = 60_000;
const AFTER_MS = 5 * 60_000;
const STEP_MS = 1_000;
const AT_ONCE = 8;
const WRITE_AT_ONCE = 5_000;

interface Running {
  world: CountedService;
  sampler: IntervalSampler;
  startMs: number;
  endMs: number;
  nextMs: number;
  told?: { verdict: string; sentence: string; requests: number; atMs: number };
}

export async function measure(
  product: Product,
  { client, store }: { client: PrometheusClient; store: Store },
  kind: Kind,
  { intervals, beginMs }: { intervals: number; beginMs: number },
): Promise<VerdictTally> {
  const random = seededRandom(1, kind.name);
  const clock = { nowMs: beginMs };
  const running: Running[] = [];
  const written: (Written & { arrivesMs: number })[] = [];
  for (let i = 0; i < intervals; i += 1) {
    const startMs = Math.round(beginMs + PAST_MS + random() * SPREAD_MS);
    const app = `s${kind.name.replace(/\W/g, '')}${i}`.toLowerCase();
    const world = { ...kind.world(app, startMs, random), failing: i % 2 === 0 ? HEALTHY : SICK };
    written.push(...arrivals(world, [beginMs, startMs + kind.everyMs + AFTER_MS], random));
    running.push({
      world,
      startMs,
      endMs: startMs + kind.everyMs,
      nextMs: startMs,
      sampler: samplerOf(product, client, kind, { world, startMs, clock }),
    });
  }
  written.sort((a, b) => a.arrivesMs - b.arrivesMs || a.timeMs - b.timeMs);
  await play(product, store, written, running, clock);
  return tallyOf(kind, running);
}

function samplerOf(
  { IntervalSampler, familyOf }: Product,
  client: PrometheusClient,
  kind: Kind,
  { world, startMs, clock }: { world: CountedService; startMs: number; clock: { nowMs: number } },
): IntervalSampler {
  const skewMs = kind.skewMs ?? 0;
  const shifted: PrometheusClient = {
    query: async (promql, options = {}) =>
      within(clock.nowMs, world.down)
        ? { ok: false, error: { kind: 'unreachable', message: 'Prometheus cannot be reached' } }
        : client.query(promql, { ...options, timeMs: options.timeMs ?? clock.nowMs }),
    queryRange: client.queryRange.bind(client),
  };
  const service = { name: world.app, namespace: 'demo' };
  const target = {
    namespace: 'demo',
    primary: `${world.app}-v1`,
    canary: `${world.app}-v2`,
    primaryService: service,
    canaryService: service,
  };
  const options = {
    stage: 'live' as const,
    family: familyOf(),
    podHash: HASH,
    durations: false,
    compare: false,
    durationMs: kind.everyMs,
    graceMs: lookEvery(kind.everyMs),
    startMs: startMs + skewMs,
    now: () => clock.nowMs + skewMs,
  };
  return new IntervalSampler(shifted, target, options);
}

/** As an interval without a comparison looks. */
function lookEvery(everyMs: number): number {
  return Math.max(1_000, Math.min(30_000, everyMs / 6));
}

async function play(
  product: Product,
  store: Store,
  written: readonly (Written & { arrivesMs: number })[],
  running: readonly Running[],
  clock: { nowMs: number },
): Promise<void> {
  let at = 0;
  while (running.some(({ told }) => told === undefined)) {
    const from = at;
    while (at < written.length && (written[at]?.arrivesMs ?? 0) <= clock.nowMs) at += 1;
    for (let i = from; i < at; i += WRITE_AT_ONCE)
      await remoteWrite(store.url, written.slice(i, Math.min(at, i + WRITE_AT_ONCE)));
    if (at > from) await store.settle();
    const due = running.filter(({ told, nextMs }) => told === undefined && nextMs <= clock.nowMs);
    for (let i = 0; i < due.length; i += AT_ONCE)
      await Promise.all(due.slice(i, i + AT_ONCE).map((one) => look(product, one, clock)));
    clock.nowMs += STEP_MS;
  }
}

async function look({ judgeInterval }: Product, one: Running, clock: { nowMs: number }): Promise<void> {
  const { sampler, startMs, endMs } = one;
  await sampler.sample(new AbortController().signal);
  const left = endMs - clock.nowMs;
  const everyMs = lookEvery(endMs - startMs);
  if (left > 0) {
    one.nextMs = clock.nowMs + (sampler.begun ? (left < 1.5 * everyMs ? left : everyMs) : STEP_MS);
    return;
  }
  one.nextMs = clock.nowMs + STEP_MS;
  if (!sampler.covers(endMs - (sampler.offsetMs ?? 0)) && clock.nowMs < endMs + sampler.lagLimitMs) return;
  const window = sampler.window();
  const { verdict, sentence } = judgeInterval(CHECKS, window);
  one.told = { verdict, sentence, requests: window.destination.requests, atMs: clock.nowMs };
}

function tallyOf({ name, everyMs }: Kind, running: readonly Running[]): VerdictTally {
  const tally: VerdictTally = {
    kind: name,
    intervals: running.length,
    wrong: 0,
    noAnswer: 0,
    miscounted: 0,
    waited: 0,
  };
  for (const { world, endMs, told } of running) {
    if (!told) continue;
    const right = world.failing === HEALTHY ? 'pass' : 'fail';
    const sentence = `${told.verdict}: ${told.sentence}`;
    tally.waited = Math.max(tally.waited, Math.round((told.atMs - endMs) / 1_000));
    if (told.verdict === 'noAnswer') tally.noAnswer += 1;
    else if (told.verdict !== right) tally.wrong += 1;
    const outageMs = world.down ? world.down[1] - world.down[0] + 20_000 : world.replicas ? 80_000 : 0;
    const most = PER_SECOND * ((everyMs + told.atMs - endMs + 2 * world.scrapeMs + outageMs) / 1_000);
    // what a pod does while nobody can read it counts for nobody
    const seen = world.canary.some(({ hidden }) => hidden) ? 0.5 : 1;
    const off = told.requests < 0.95 * seen * PER_SECOND * (everyMs / 1_000) || told.requests > 1.05 * most;
    if (off && told.verdict !== 'noAnswer') tally.miscounted += 1;
    if ((told.verdict !== 'noAnswer' && told.verdict !== right) || (off && !tally.example)) tally.example = sentence;
    else if (told.verdict === 'noAnswer') tally.example ??= sentence;
  }
  return tally;
}
