/**
 * The program of a load test, a process of its own: what it does never holds up what a worker does for others. It sends what its
 * parent orders, reports what became of it, and ends with its parent, however that ends.
 */
import autocannon from 'autocannon';
import type { LoadPlan } from '../../contract/plan.ts';
import type { LoadSoFar } from '../../contract/slice.ts';
import { wallProcess } from '../../network/walled-connect.ts';
import { LoadTally } from './load-tally.ts';

export interface LoadOrder extends Pick<LoadPlan, 'requestsPerSecond' | 'method' | 'headers'> {
  /** Requests are spread evenly over them. */
  urls: string[];
  seconds: number;
  /** Longest wait for an answer, s. */
  answerS: number;
  /** Of the slice before. */
  soFar?: LoadSoFar;
  /** Never to this machine, its link or its cloud's metadata: others gave the addresses. */
  remoteOnly?: boolean;
}

export interface LoadReport {
  soFar: LoadSoFar;
  /** It has ended: by its time or its parent's word, or as no more connections were taken. */
  over?: 'ended' | 'refused';
}

/** More connections than this do not make a constant rate any steadier. */
const MAX_CONNECTIONS = 100;
/** A port that refuses is tried as fast as the machine can; a second or two of that ends the test. */
const TOO_MANY_ERRORS = 10_000;
/** How often autocannon looks whether to stop, ms. */
const SAMPLE_MS = 100;
const REPORT_MS = 500;

process.on('disconnect', () => process.exit());
process.once('message', fire);

async function fire(order: LoadOrder): Promise<void> {
  const tally = new LoadTally(order.soFar);
  const begun = performance.now() - (order.soFar?.seconds ?? 0) * 1000;
  const report = (over?: LoadReport['over']) => {
    const seconds = Math.round((performance.now() - begun) / 10) / 100;
    process.send?.({ soFar: { ...tally.soFar, seconds }, over } satisfies LoadReport);
  };
  if (order.remoteOnly && !(await wallProcess(order.urls))) {
    report('refused');
    return process.disconnect();
  }
  const run = autocannon(optionsFor(order, tally), (error, result) => {
    if (error) throw error;
    report(result.errors >= TOO_MANY_ERRORS ? 'refused' : 'ended');
    process.disconnect();
  });
  process.once('message', () => run.stop());
  setInterval(() => report(), REPORT_MS).unref();
}

function optionsFor({ urls, method, headers, ...order }: LoadOrder, tally: LoadTally): autocannon.Options {
  const rate = Math.max(1, Math.round(order.requestsPerSecond));
  // A whole number of connections per pod, so that each pod gets its share of the rate.
  const perPod = Math.max(1, Math.floor(Math.min(rate, MAX_CONNECTIONS) / urls.length));
  return {
    // autocannon's types know one address only; it spreads connections over a list of them.
    url: urls as unknown as string,
    method,
    headers,
    duration: order.seconds,
    connections: perPod * urls.length,
    overallRate: rate,
    timeout: order.answerS,
    bailout: TOO_MANY_ERRORS,
    sampleInt: SAMPLE_MS,
    setupClient: (one) => tally.watch(one),
  };
}
