import type { ComparePlan } from '../../contract/plan.ts';
import type { IntervalSampler } from '../../metrics/index.ts';
import type { Comparing } from './comparing.ts';
import { sleep } from './sleep.ts';

/** Between two tries of a first sample, and between two looks for the last scrape, ms. */
export const RETRY_MS = 500;

/** `over`: its time is up; `worse` and `healthy`: the comparison has decided before. */
export type Sampled = 'over' | 'worse' | 'healthy';

/**
 * Samples until the end and then for the scrape that covers it. With a comparison every sample is a look at both arms; the last
 * look takes what is left, so that none is shorter than half of the others.
 * @param note called after each sample and the look at it
 */
export async function sampleUntil(
  { endMs, everyMs }: { endMs: number; everyMs: number },
  sampler: IntervalSampler,
  comparing: Comparing | undefined,
  signal: AbortSignal,
  note: () => void,
): Promise<Sampled> {
  const startMs = Date.now();
  await sampler.sample(signal);
  note();
  for (let left = endMs - Date.now(); left > 0; left = endMs - Date.now()) {
    const period = comparing ? lookEvery(comparing.plan, sampler) : everyMs;
    // Where nothing was ever scraped one need not ask twice a second for long.
    const retry = Math.max(RETRY_MS, (Date.now() - startMs) / 10);
    await sleep(sampler.begun ? (left < 1.5 * period ? left : period) : Math.min(retry, left), signal);
    await sampler.sample(signal);
    if (Date.now() >= endMs) break;
    const decided = comparing && sampler.begun ? look(comparing, sampler) : undefined;
    note();
    if (decided) return decided;
  }
  while (!sampler.covers(endMs) && Date.now() < endMs + sampler.lagLimitMs) {
    await sleep(RETRY_MS, signal);
    await sampler.sample(signal);
    note();
  }
  return (comparing && look(comparing, sampler)) ?? 'over';
}

/** Both arms are scraped at other moments; over two scrapes that weighs little (see `abortTicks`). */
function lookEvery({ tickMs }: ComparePlan, { scrapeMs = 0 }: IntervalSampler): number {
  return Math.max(tickMs, 2 * scrapeMs);
}

function look({ looks, earlyFromMs }: Comparing, sampler: IntervalSampler): Sampled | undefined {
  const now = Date.now();
  const { verdict } = looks.look(new Date(now).toISOString(), sampler.tick());
  if (verdict === 'abort') return 'worse';
  return verdict === 'pass' && earlyFromMs !== undefined && now >= earlyFromMs ? 'healthy' : undefined;
}
