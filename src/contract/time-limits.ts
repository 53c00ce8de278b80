/**
 * How long things may take, ms, each where it is derived from what it is made of: a request ends before the activity that made it, and an
 * activity before whoever waits for it.
 */
import type { AcceptanceTest, Plan } from './plan.ts';

/** One request to the API server or to Prometheus. */
export const REQUEST_MS = 5_000;

/** A write or a quick read; short, so that a frozen worker holds nobody up. */
export const QUICK_MS = 8_000;

/** How long a write of a route waits for its status: that follows within milliseconds, and what takes longer is left to the next check. */
export const STATUS_MS = 4_000;

/** What one more route adds to a write of all of them at once. */
const ONE_MORE_MS = 500;

/** All routes of a plan are written at once, and their status is waited for together; a VirtualService has none. */
export function routeLimitMs({ traffic: { routes } }: { traffic: Pick<Plan['traffic'], 'routes'> }): number {
  const status = routes.some(({ kind }) => kind !== 'VirtualService') ? STATUS_MS : 0;
  return QUICK_MS + status + ONE_MORE_MS * (routes.length - 1);
}

/** On the way back whoever waits tries again, so its quick tries end soon after the first. */
export function backLimitMs(limitMs: number): number {
  return limitMs + 2_000;
}

/** What needs no cluster: a notice, a proof, a question to Temporal. */
export const CONTROL_MS = 60_000;

/** A proof whose key may be on its way, all tries together. */
export const PROOF_MS = 180_000;

/** An emergency waits no longer for what it might need. */
export const EMERGENCY_MS = 2_000;

/** A signal to another workflow; its one call to Temporal ends before. */
export const HAND_OVER_MS = 15_000;
export const SIGNAL_MS = 10_000;

/** Reads that heartbeat, however much there is to read; a dead worker is told by its silence. */
export const READ_MS = 5 * 60_000;

/** A worker that says nothing for so long is gone; where no users are on the canary that may be noticed later. */
export const SILENCE_MS = 10_000;
export const LONG_SILENCE_MS = 60_000;

/** From here on work is not taken because nobody is there, and people are told. */
export const UNSERVED_MS = 2 * 60_000;

/** Longest wait for the status of a route before an interval begins. */
export const TAKEN_MS = 20_000;

/** Longest usual time between two scrapes. */
const LONGEST_SCRAPE_MS = 90_000;

/** Longest wait for a scrape that covers the end of an interval: two scrapes, as the first may just have been missed, and a little more. */
export const LONGEST_LAG_MS = 2 * LONGEST_SCRAPE_MS + 5_000;

/** What an interval may wait for besides its own time: routes, late scrapes, the last questions to Prometheus. */
export const INTERVAL_SLACK_MS = TAKEN_MS + LONGEST_LAG_MS + 4 * REQUEST_MS;

/** Two scrapes without a request after the first tell that nothing is sent any more. */
export const LONGEST_OBSERVE_MS = 3 * LONGEST_SCRAPE_MS + REQUEST_MS;

/** Tries of an acceptance test when no answer comes at all; a wrong answer is never asked for again. */
export const TEST_TRIES = 3;
export const TEST_RETRY_MS = 500;

/** One test, against all pods at once. */
export function acceptanceMs({ timeoutMs }: Pick<AcceptanceTest, 'timeoutMs'>): number {
  return TEST_TRIES * (timeoutMs + TEST_RETRY_MS) + REQUEST_MS;
}

/** A load test ends its requests after its time; the longest answer is waited for. */
export const LONGEST_ANSWER_MS = 10_000;

/** A server or proxy may ask for more patience than a rollout has. */
export const LONGEST_RETRY_AFTER_MS = 30_000;

/** A worker that is told to stop hands back whatever is under way then; its pod has 60 s. */
export const LONGEST_STOP_MS = 50_000;
