import autocannon from 'autocannon';
import type { LoadSlice, RunLoadInput, TestResult } from '../contract/activities.ts';
import type { LoadPlan } from '../contract/plan.ts';
import { LONGEST_ANSWER_MS } from '../contract/time-limits.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { type ActivityRun, beating } from './support/activity.ts';
import { listCanaryPods } from './support/canary-pods.ts';
import { type LoadCounts, LoadTally } from './support/load-tally.ts';
import { handsOn, inSlice, soFarOf } from './support/slice.ts';

/** More connections than this do not make a constant rate any steadier. */
const MAX_CONNECTIONS = 100;
/** What is left of a test is no shorter than this, s. */
const SHORTEST_S = 0.1;
/** A port that refuses is tried as fast as the machine can; a second or two of that ends the test. */
const TOO_MANY_ERRORS = 10_000;
/** How often autocannon looks whether to stop, ms. */
const SAMPLE_MS = 100;

/**
 * Sends a constant rate of requests to the revision's pods, past the routes, spread evenly over them.
 * Success is an answer below 500; a request that was never answered is a failure. A slice hands on what it has counted.
 * @param sliceMs default five minutes
 */
export async function runLoad(
  client: KubeClient,
  { plan, podHash, soFar: handedOn }: RunLoadInput,
  run: ActivityRun,
  sliceMs?: number,
): Promise<LoadSlice> {
  const { load } = plan;
  if (!load) return { passed: true, sentence: 'the plan has no load test', details: [] };
  const pods = await listCanaryPods(client, plan, podHash, load.port);
  if (pods.length === 0) {
    const sentence = 'no pod of the new revision is ready, so there was nothing to load';
    return { passed: false, sentence, details: [] };
  }
  const before = soFarOf(run.reported, handedOn);
  const tally = new LoadTally(before);
  const begun = performance.now() - (before?.seconds ?? 0) * 1000;
  const soFar = () => ({ ...tally.soFar, seconds: Math.round((performance.now() - begun) / 10) / 100 });
  const urls = pods.map(({ origin }) => origin + load.path);
  const slice = async (signal: AbortSignal): Promise<LoadSlice> => {
    const result = await fire(optionsFor(load, urls, tally, before?.seconds), signal);
    const stopped = result.errors >= TOO_MANY_ERRORS;
    if (!stopped && handsOn(signal)) return { soFar: soFar() };
    run.signal.throwIfAborted();
    const { seconds } = soFar();
    return judgeLoad(load, { ...tally.counts, p99Ms: tally.p99Ms, seconds, pods: pods.length, stopped });
  };
  const progress = () => ({ ...progressOf(tally.counts), soFar: soFar() });
  return inSlice(run.signal, (signal) => beating(run, progress, () => slice(signal)), sliceMs);
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

/** @param before seconds that slices before this one took */
function optionsFor(load: LoadPlan, urls: string[], tally: LoadTally, before = 0): autocannon.Options {
  const seconds = Math.max(SHORTEST_S, load.durationMs / 1000 - before);
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
