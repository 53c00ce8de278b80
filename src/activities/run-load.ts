import autocannon from 'autocannon';
import type { RunTestsInput, TestResult } from '../contract/activities.ts';
import type { LoadPlan } from '../contract/plan.ts';
import { LONGEST_ANSWER_MS } from '../contract/time-limits.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { type ActivityRun, beating } from './support/activity.ts';
import { listCanaryPods } from './support/canary-pods.ts';
import { type LoadCounts, LoadTally } from './support/load-tally.ts';

/** More connections than this do not make a constant rate any steadier. */
const MAX_CONNECTIONS = 100;
/** A port that refuses is tried as fast as the machine can; a second or two of that ends the test. */
const TOO_MANY_ERRORS = 10_000;
/** How often autocannon looks whether to stop, ms. */
const SAMPLE_MS = 100;

/**
 * Sends a constant rate of requests to the revision's pods, past the routes, spread evenly over them.
 * Success is an answer below 500; a request that was never answered is a failure.
 */
export async function runLoad(
  client: KubeClient,
  { plan, podHash }: RunTestsInput,
  run: ActivityRun,
): Promise<TestResult> {
  const { load } = plan;
  if (!load) return { passed: true, sentence: 'the plan has no load test', details: [] };
  const pods = await listCanaryPods(client, plan, podHash, load.port);
  if (pods.length === 0) {
    const sentence = 'no pod of the new revision is ready, so there was nothing to load';
    return { passed: false, sentence, details: [] };
  }
  const tally = new LoadTally();
  const urls = pods.map(({ origin }) => origin + load.path);
  const progress = () => progressOf(tally.counts);
  const result = await beating(run, progress, () => fire(optionsFor(load, urls, tally), run.signal));
  run.signal.throwIfAborted();
  return judgeLoad(load, {
    ...tally.counts,
    p99Ms: result.latency.p99,
    seconds: result.duration,
    pods: pods.length,
    stopped: result.errors >= TOO_MANY_ERRORS,
  });
}

/** Ends early when the signal aborts. */
function fire(options: autocannon.Options, signal: AbortSignal): Promise<autocannon.Result> {
  return new Promise((resolve, reject) => {
    const run = autocannon(options, (error, result) => {
      signal.removeEventListener('abort', stop);
      if (error) reject(error);
      else resolve(result);
    });
    const stop = () => run.stop();
    signal.addEventListener('abort', stop, { once: true });
  });
}

function optionsFor(load: LoadPlan, urls: string[], tally: LoadTally): autocannon.Options {
  const seconds = load.durationMs / 1000;
  const rate = Math.max(1, Math.round(load.requestsPerSecond));
  // A whole number of connections per pod, so that each pod gets its share of the rate.
  const perPod = Math.max(1, Math.floor(Math.min(rate, MAX_CONNECTIONS) / urls.length));
  return {
    // autocannon's types know one address only; it spreads connections over a list of them.
    url: urls as unknown as string,
    method: load.method,
    headers: load.headers,
    duration: seconds,
    connections: perPod * urls.length,
    overallRate: rate,
    timeout: Math.min(LONGEST_ANSWER_MS / 1000, Math.max(1, seconds)),
    bailout: TOO_MANY_ERRORS,
    sampleInt: SAMPLE_MS,
    setupClient: (one) => tally.watch(one),
  };
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

function progressOf({ statuses, unanswered }: LoadCounts): { answered: number; unanswered: number } {
  return { answered: sum(statuses.values()), unanswered };
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
