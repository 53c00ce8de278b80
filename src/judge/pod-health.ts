/** The check that needs no metrics: what the API server knows of a revision's pods, held against the plan. */
import type { PodHealthCheck } from '../contract/analysis.ts';
import type { CheckResult } from '../contract/verdict.ts';
import { plural } from '../contract/words.ts';
import { formatBeside, formatNumber } from './text.ts';
import type { IntervalWindow, PodsSeen } from './window.ts';

/** Restarts up to the plan's number are excused, and so is some time of each pod without readiness; nothing else is. */
export function judgePodHealth(check: PodHealthCheck, seen: IntervalWindow['pods']): CheckResult {
  const { name, maxRestarts, minReady } = check;
  const base = { name, limit: maxRestarts, bound: 'max', unit: 'restarts', requests: 0 } as const;
  const nothing = (reason: string): CheckResult => {
    return { ...base, verdict: 'noAnswer', sentence: `${name}: no answer, ${reason}` };
  };
  if (!seen) return nothing('the pods were not looked at');
  if ('reason' in seen) return nothing(seen.reason);
  const value = restartsOf(seen);
  const crashed = podsCrashed(check, seen);
  if (crashed) return { ...base, verdict: 'fail', value, sentence: `${name}: ${crashed}` };
  if (seen.pods === 0) return nothing('no pod of the revision is there');
  const { pod, percent } = seen.leastReady ?? { pod: '', percent: 100 };
  const ready = formatBeside(percent, minReady);
  if (percent < minReady) {
    const sentence = `${name}: ${pod} was ready ${ready} % of the time, at least ${formatNumber(minReady)} % wanted`;
    return { ...base, verdict: 'fail', value: percent, limit: minReady, bound: 'min', unit: '%', sentence };
  }
  const restarts = `${plural(value, 'restart')}${value > 0 ? ` (${endsOf(seen)})` : ''}`;
  const sentence = `${name}: ${plural(seen.pods, 'pod')}, ${restarts}, each ready ${ready} % of the time or more`;
  return { ...base, verdict: 'pass', value, sentence };
}

/** What the pods themselves did wrong, in words; undefined when it was nothing, or is not known. */
export function podsCrashed({ maxRestarts }: PodHealthCheck, seen: IntervalWindow['pods']): string | undefined {
  if (!seen || 'reason' in seen) return undefined;
  const said =
    restartsOf(seen) > maxRestarts ? [`containers ended: ${endsOf(seen)}; at most ${maxRestarts} excused`] : [];
  const all = [...seen.broken.slice(0, MOST_SAID), ...said];
  return all.length > 0 ? all.join('; ') : undefined;
}

/** Of many pods with the same trouble. */
const MOST_SAID = 3;

function endsOf({ ended }: PodsSeen): string {
  const all = ended.map(({ container, times }) => `${container} ${times === 1 ? 'once' : `${times} times`}`);
  const more = all.length - MOST_SAID;
  return `${all.slice(0, MOST_SAID).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function restartsOf({ ended }: PodsSeen): number {
  return ended.reduce((sum, { times }) => sum + times, 0);
}
