import type { IntervalInput } from '../../contract/activities.ts';
import type { LoadSoFar } from '../../contract/slice.ts';
import { LONGEST_ANSWER_MS } from '../../contract/time-limits.ts';
import { fireLoad } from './load-child.ts';
import { LoadTurns } from './load-turns.ts';
import { sleep } from './sleep.ts';

/** Tells them from users' requests wherever headers are kept; its value is the rollout. */
const HEADER = 'x-sluice-load';
/** Longer than any slice, with which they end. */
const SECONDS = 3_600;
/** Before a process that died is started again, ms. */
const AGAIN_MS = 5_000;

export interface OwnRequestsDeps {
  /** Of the worker's own requests. Default: its own. */
  turns?: LoadTurns;
  /** Whether plans may name no local address, as for metrics. Default: they may not. */
  remoteOnly?: () => Promise<boolean>;
}

/**
 * Sends requests by the users' way while an interval is measured, so that it has something to go by where users are few. They are requests
 * like others to all checks, and their number is told beside. What cannot be sent is no fault of the interval.
 * @returns how many were sent, with those of slices before; undefined: the plan wants none here
 */
export function sendOwnRequests(
  { plan, stage, rollout, soFar }: Pick<IntervalInput, 'plan' | 'stage' | 'rollout' | 'soFar'>,
  { turns = new LoadTurns(), remoteOnly = async () => true }: OwnRequestsDeps,
  signal: AbortSignal,
): () => number | undefined {
  const { during } = plan;
  if (!during?.stages.includes(stage === 'live' ? 'shift' : 'mirror')) return () => undefined;
  const { address, path, method, requestsPerSecond } = during;
  const headers = { ...during.headers, [HEADER]: rollout };
  const urls = [new URL(path, address).href];
  const order = { urls, method, headers, requestsPerSecond, seconds: SECONDS, answerS: LONGEST_ANSWER_MS / 1000 };
  let before = soFar?.own ?? 0;
  let sent = before;
  const note = ({ statuses, unanswered }: LoadSoFar) => {
    sent = before + statuses.reduce((sum, [, count]) => sum + count, unanswered);
  };
  const send = async () => {
    for (;;) {
      const end = await turns.take(requestsPerSecond, signal);
      await fireLoad({ ...order, remoteOnly: await remoteOnly() }, signal, note)
        .catch(() => {})
        .finally(end);
      before = sent;
      await sleep(AGAIN_MS, signal);
    }
  };
  send().catch(() => {});
  return () => sent;
}
