import type { ComparePlan } from '../../contract/analysis.ts';
import type { IntervalSampler } from '../../metrics/interval-sampler.ts';
import type { Comparing } from './comparing.ts';
import { sleep } from './sleep.ts';

/** Between two tries of a first sample, and between two looks for the last scrape, ms. */
export const RETRY_MS = 500;

/** Between two looks where the plan says nothing, ms. */
const LOOK_MS = 2_000;

/** `over`: its time is up, or its limits cannot be met any more; `worse` and `healthy`: the comparison has decided before. */
export type Sampled = 'over' | 'worse' | 'healthy';

/** Looks of an interval, beside its samples. */
export interface Looking {
  comparing: Comparing | undefined;
  /** Where a failure of the interval decides: whether its limits cannot be met any more. */
  lost: (() => boolean) | undefined;
  /** Called after each sample and the look at it. */
  note: () => void;
}

/**
 * Samples until the end and then for the scrape that covers it. With a comparison every sample is a look at both arms; the last
 * look takes what is left, so that none is shorter than half of the others.
 */
export async function sampleUntil(
  { endMs, everyMs }: { endMs: number; everyMs: number },
  sampler: IntervalSampler,
  { comparing, lost, note }: Looking,
  signal: AbortSignal,
): Promise<Sampled> {
  const startMs = Date.now();
  let lookedMs = startMs;
  const look = (period: number) => {
    const [sinceMs, now] = [lookedMs, Date.now()];
    lookedMs = now;
    return comparing && lookAt(comparing, sampler, Math.min(1, Math.max(1, now - sinceMs) / period));
  };
  await sampler.sample(signal);
  note();
  for (let left = endMs - Date.now(); left > 0; left = endMs - Date.now()) {
    const period = comparing || lost ? lookEvery(comparing?.plan, sampler) : everyMs;
    // Where nothing was ever scraped one need not ask twice a second for long.
    const retry = Math.max(RETRY_MS, (Date.now() - startMs) / 10);
    await sleep(sampler.begun ? (left < 1.5 * period ? left : period) : Math.min(retry, left), signal);
    await sampler.sample(signal);
    if (Date.now() >= endMs) break;
    const decided = sampler.begun ? look(period) : undefined;
    note();
    if (decided) return decided;
    if (sampler.begun && lost?.()) return 'over';
  }
  while (!sampler.covers(endMs) && Date.now() < endMs + sampler.lagLimitMs) {
    await sleep(RETRY_MS, signal);
    await sampler.sample(signal);
    note();
  }
  return look(lookEvery(comparing?.plan, sampler)) ?? 'over';
}

/** As often as the data change. Both arms are scraped at other moments; over two scrapes that weighs little (see `abortTicks`). */
function lookEvery(plan: ComparePlan | undefined, { scrapeMs = 0 }: IntervalSampler): number {
  return Math.max(plan?.tickMs ?? LOOK_MS, 2 * scrapeMs);
}

/** Moments are Prometheus's: workers' clocks differ. */
function lookAt({ looks, earlyFromMs }: Comparing, sampler: IntervalSampler, span: number): Sampled | undefined {
  const now = Date.now();
  const at = new Date(now + (sampler.offsetMs ?? 0)).toISOString();
  const { verdict } = looks.look(at, { ...sampler.tick(), span });
  if (verdict === 'abort') return 'worse';
  return verdict === 'pass' && earlyFromMs !== undefined && now >= earlyFromMs ? 'healthy' : undefined;
}
