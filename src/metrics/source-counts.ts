/** What the callers' proxies saw of one arm. Pure. */
import type { SourceCounts } from '../judge/index.ts';
import type { Counters } from './counters.ts';
import type { Arm, SeriesTarget } from './istio-series.ts';
import { parseNumber } from './number.ts';
import { joinKey, splitKey } from './snapshot.ts';
import { classifyFailure } from './source-flags.ts';

/** Workload of requests for which no pod was chosen. */
const NOBODY = 'unknown';

/**
 * @param grown by service, workload, response code and flags
 * @param nobodys whether failures for which no pod was chosen count when both arms have one service: they may be either's
 */
export function sourceCounts(
  grown: Counters,
  target: SeriesTarget,
  arm: Arm,
  nobodys: boolean,
): Omit<SourceCounts, 'fresh'> {
  const own = arm === 'canary' ? target.canaryService : target.primaryService;
  const shared = target.primaryService.name === target.canaryService.name;
  const counts = { requests: 0, failures: 0, neverArrived: 0, lostOnTheWay: 0 };
  for (const [key, count] of grown) {
    const [service, workload, code, flags] = splitKey(key);
    const kind = classifyFailure(parseNumber(code) ?? Number.NaN, flags ?? '');
    const noPod = workload === NOBODY && service === own.name && kind !== undefined && kind !== 'answered';
    if (workload !== target[arm] && !(noPod && (nobodys || !shared))) continue;
    counts.requests += count;
    if (kind) counts.failures += count;
    if (kind === 'neverArrived' || kind === 'lostOnTheWay') counts[kind] += count;
  }
  return counts;
}

/** Code and flags that stand for all of their kind. */
const OF_KIND = {
  none: ['200', '-'],
  answered: ['500', '-'],
  neverArrived: ['503', 'NR'],
  lostOnTheWay: ['503', 'UC'],
};

/** The same by service, workload and kind of outcome alone. */
export function sourceTotals(grown: Counters): Counters {
  const totals = new Map<string, number>();
  for (const [key, count] of grown) {
    const [service = '', workload = '', code, flags] = splitKey(key);
    const kind = classifyFailure(parseNumber(code) ?? Number.NaN, flags ?? '') ?? 'none';
    const total = joinKey([service, workload, ...OF_KIND[kind]]);
    totals.set(total, (totals.get(total) ?? 0) + count);
  }
  return totals;
}

/** Requests that the sources sent to each arm. */
export function sentByArm(grown: Counters, target: SeriesTarget): Record<Arm, number> {
  const sent = { primary: 0, canary: 0 };
  for (const [key, count] of grown) {
    const workload = splitKey(key)[1];
    for (const arm of ['primary', 'canary'] as const) if (workload === target[arm]) sent[arm] += count;
  }
  return sent;
}
