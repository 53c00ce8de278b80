import type { LoadSlice, RunLoadInput, TestResult } from '../contract/activities.ts';
import type { LoadPlan } from '../contract/plan.ts';
import type { LoadSoFar } from '../contract/slice.ts';
import { LONGEST_ANSWER_MS } from '../contract/time-limits.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { type ActivityRun, beating } from './support/activity.ts';
import { listCanaryPods } from './support/canary-pods.ts';
import { fireLoad } from './support/load-child.ts';
import type { LoadOrder } from './support/load-process.ts';
import { type LoadCounts, LoadTally } from './support/load-tally.ts';
import { LoadTurns } from './support/load-turns.ts';
import { handsOn, inSlice, soFarOf } from './support/slice.ts';

/** What is left of a test is no shorter than this, s. */
const SHORTEST_S = 0.1;
export interface LoadLimits {
  /** Default five minutes. */
  sliceMs?: number;
  /** Of the worker. Default: its own. */
  turns?: LoadTurns;
}

/**
 * Sends a constant rate of requests to the revision's pods, past the routes, spread evenly over them.
 * Success is an answer below 500; a request that was never answered is a failure. A slice hands on what it has counted.
 * It waits its turn where others of this worker send already.
 */
export async function runLoad(
  client: KubeClient,
  { plan, podHash, soFar: handedOn }: RunLoadInput,
  run: ActivityRun,
  { sliceMs, turns = new LoadTurns() }: LoadLimits = {},
): Promise<LoadSlice> {
  const { load } = plan;
  if (!load) return { passed: true, sentence: 'the plan has no load test', details: [] };
  const [tooMuch] = turns.problems(plan);
  if (tooMuch) return { passed: false, sentence: `${tooMuch.problem}; ${tooMuch.remedy}`, details: [] };
  const pods = await listCanaryPods(client, plan, podHash, load.port);
  if (pods.length === 0) {
    const sentence = 'no pod of the new revision is ready, so there was nothing to load';
    return { passed: false, sentence, details: [] };
  }
  let soFar = soFarOf(run.reported, handedOn) ?? { seconds: 0, statuses: [], unanswered: 0, times: [] };
  let waits = true;
  const urls = pods.map(({ origin }) => origin + load.path);
  const slice = async (signal: AbortSignal): Promise<LoadSlice> => {
    try {
      const endTurn = await turns.take(load.requestsPerSecond, signal);
      waits = false;
      const over = await fireLoad(orderFor(load, urls, soFar), signal, (latest) => (soFar = latest)).finally(endTurn);
      if (over !== 'refused') signal.throwIfAborted();
      const tally = new LoadTally(soFar);
      const { seconds } = soFar;
      const stopped = over === 'refused';
      return judgeLoad(load, { ...tally.counts, p99Ms: tally.p99Ms, seconds, pods: pods.length, stopped });
    } catch (error) {
      if (!handsOn(signal)) throw error;
      return { soFar };
    }
  };
  const progress = () => ({ ...(waits ? { waiting: turns.sentence } : progressOf(soFar)), soFar });
  return inSlice(run.signal, (signal) => beating(run, progress, () => slice(signal)), sliceMs);
}

/** What is left of the test. */
function orderFor(
  { durationMs, requestsPerSecond, method, headers }: LoadPlan,
  urls: string[],
  soFar: LoadSoFar,
): LoadOrder {
  const seconds = Math.max(SHORTEST_S, durationMs / 1000 - soFar.seconds);
  const answerS = Math.min(LONGEST_ANSWER_MS / 1000, Math.max(1, seconds));
  return { requestsPerSecond, method, headers, urls, seconds, answerS, soFar };
}

export interface LoadFigures extends LoadCounts {
  /** Of all answers, ms. */
  p99Ms: number;
  seconds: number;
  pods: number;
  /** The pods refused so many connections that the test ended early. */
  stopped: boolean;
}

/** Holds a load test's figures against what the plan expects. */
export function judgeLoad({ expect }: LoadPlan, figures: LoadFigures): TestResult {
  const { statuses, unanswered, p99Ms, seconds, pods, stopped } = figures;
  const answered = sum(statuses.values());
  const good = sum([...statuses].filter(([status]) => status < 500).map(([, count]) => count));
  const total = answered + unanswered;
  const rate = total > 0 ? (100 * good) / total : 0;
  const details = [
    `${total} requests in ${seconds} s to ${pods} ${pods === 1 ? 'pod' : 'pods'}`,
    ...[...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`),
    ...(unanswered > 0 ? [`${unanswered} not answered`] : []),
    ...(answered > 0 ? [`p99 ${Math.round(p99Ms)} ms`] : []),
  ];
  const shown = `${floor(rate)} % of ${total} requests succeeded`;
  const failed = (sentence: string): TestResult => ({ passed: false, sentence, details });
  if (answered === 0) return failed(`none of ${total} requests was answered`);
  if (rate < expect.successRate) return failed(`${shown}, at least ${expect.successRate} % wanted`);
  if (stopped) return failed(`the pods took no more connections; until then ${shown}`);
  if (expect.p99Ms !== undefined && p99Ms > expect.p99Ms) {
    return failed(`p99 was ${Math.ceil(p99Ms)} ms, at most ${expect.p99Ms} ms wanted`);
  }
  return { passed: true, sentence: `${shown}, p99 ${Math.round(p99Ms)} ms`, details };
}

function progressOf({ statuses, unanswered }: LoadSoFar): { answered: number; unanswered: number } {
  return { answered: sum(statuses.map(([, count]) => count)), unanswered };
}

/** Two decimals, never rounded up to a rate that was not reached. */
function floor(rate: number): number {
  return Math.floor(rate * 100) / 100;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
