/** What the callers' proxies saw of one arm. Pure. */
import type { SourceCounts } from '../judge/window.ts';
import type { Counters } from './counters.ts';
import type { Arm, SeriesTarget } from './istio-series.ts';
import { outcomeOf, type RequestOutcome } from './outcome.ts';
import { OutcomeTally } from './outcome-tally.ts';
import { splitKey } from './snapshot.ts';

/** Workload of requests for which no pod was chosen. */
const NOBODY = 'unknown';

/**
 * @param grown by service, workload and the labels that tell the outcome
 * @param nobodys whether failures for which no pod was chosen count when both arms have one service: they may be either's
 */
export function sourceTally(grown: Counters, target: SeriesTarget, arm: Arm, nobodys: boolean): OutcomeTally {
  const own = arm === 'canary' ? target.canaryService : target.primaryService;
  const shared = target.primaryService.name === target.canaryService.name;
  const tally = new OutcomeTally();
  for (const [key, count] of grown) {
    const [service, workload, code, status, flags, protocol] = splitKey(key);
    const outcome = outcomeOf({ code, status, flags, protocol });
    const answer = `${code}/${status}`;
    if (workload === target[arm]) tally.add(outcome, answer, count);
    else if (workload === NOBODY && service === own.name && (nobodys || !shared)) {
      if (NO_POD.includes(outcome)) tally.add('neverArrived', answer, count);
    }
  }
  return tally;
}

const NO_POD: RequestOutcome[] = ['neverArrived', 'lostOnTheWay', 'unflagged'];

/**
 * What the callers saw, held against what the arm's pods counted, answer by answer: a failure that both ends saw counts once, and
 * many of one kind never hide those of another.
 */
export function sourceCounts(sources: OutcomeTally, pods: OutcomeTally): Omit<SourceCounts, 'fresh'> {
  // what a pod's proxy gave up on comes back to the caller as an answer, or as a connection that breaks
  const broken = (answer: string) =>
    pods.of('neverArrived', answer) + pods.of('lostOnTheWay', answer) - sources.of('failed', answer);
  const lostOnTheWay = beyond(sources, 'lostOnTheWay', (answer) => Math.max(0, broken(answer)));
  const unflagged = beyond(sources, 'unflagged', (answer) => pods.failures(answer));
  const gaveUp = sources.of('lostOnTheWay');
  return {
    ...sources.counts,
    neverArrived: sources.of('neverArrived'),
    lostOnTheWay,
    unflagged,
    // to the pod, a proxy that gives up is a caller who leaves
    gaveUp,
  };
}

function beyond(sources: OutcomeTally, outcome: RequestOutcome, known: (answer: string) => number): number {
  const more = (answer: string) => Math.max(0, sources.of(outcome, answer) - known(answer));
  return sources.answers(outcome).reduce((sum, answer) => sum + more(answer), 0);
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
