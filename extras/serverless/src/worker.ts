/** A worker that lives for one invocation: it serves the three queues until nothing is due, or until its time is nearly over. */
import { startWorker, type WorkerProcessOptions } from 'sluice/worker';
import { workerFromEnvironment } from './options.ts';

/** What AWS Lambda hands to a handler, as far as it is used. */
export interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** What became of an invocation. */
export interface WorkerLife {
  /** Why it left. */
  left: string;
  /** What was handed back to the next one, if anything. */
  stopped: string;
  /** From the call to the first poll, and to the end, ms. */
  startedMs: number;
  livedMs: number;
}

export interface WorkerHandlerOptions {
  /** Default: what the environment says, read at each invocation. */
  options?: () => Promise<WorkerProcessOptions>;
  /** Leave after so long with nothing under way, ms. Default 10 000. */
  untilIdleMs?: number;
  /** What is kept of an invocation's time to hand back what is under way, ms. Default 5 000. */
  reserveMs?: number;
}

/** @returns a handler for whatever invokes with a deadline; events carry nothing that it needs */
export function workerHandler(settings: WorkerHandlerOptions = {}) {
  const { options = workerFromEnvironment, untilIdleMs = 10_000, reserveMs = 5_000 } = settings;
  return async (_event: unknown, context: Invocation): Promise<WorkerLife> => {
    const began = performance.now();
    const given = await options();
    const atMostMs = () => Math.max(1, context.getRemainingTimeInMillis() - reserveMs);
    const running = await startWorker({ ...given, leaving: { untilIdleMs, atMostMs: atMostMs() } });
    const startedMs = since(began);
    let left = 'It was stopped.';
    await running.run((sentence) => {
      left = sentence;
    });
    return { left, stopped: running.underWay.stopped, startedMs, livedMs: since(began) };
  };
}

function since(began: number): number {
  return Math.round(performance.now() - began);
}
