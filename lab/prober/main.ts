/** The prober process: sends at a constant rate until its duration is over or SIGTERM, then prints the summary. */

import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProbeRun, readOptions, USAGE } from './options.ts';
import { type ProbeRecord, parseRecords } from './record.ts';
import { dueAt, dueCount } from './schedule.ts';
import { Sender } from './sender.ts';
import { summarize } from './summary.ts';

const FLUSH_MS = 100;

async function main(options: ProbeRun): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const sender = new Sender(options.target);
  const flush = recorder(options.out);
  const timer = setInterval(flush, FLUSH_MS);
  await sendOnSchedule(options, sender, stop.signal);
  while (sender.inFlight > 0) await sleep(10);
  clearInterval(timer);
  flush();
  sender.close();
  console.log(JSON.stringify(summarize(parseRecords(readFileSync(options.out, 'utf8')))));
}

const finished: ProbeRecord[] = [];

/** Appends what has finished since the last call. */
function recorder(out: string): () => void {
  appendFileSync(out, '');
  return () => {
    const lines = finished.splice(0).map((record) => `${JSON.stringify(record)}\n`);
    if (lines.length > 0) appendFileSync(out, lines.join(''));
  };
}

/** Open loop: what is due is sent, whatever became of the requests before. */
async function sendOnSchedule(options: ProbeRun, sender: Sender, signal: AbortSignal): Promise<void> {
  const { run, ratePerSecond, durationMs } = options;
  const start = performance.now();
  const total = Number.isFinite(durationMs) ? Math.ceil((durationMs * ratePerSecond) / 1000) : durationMs;
  let sent = 0;
  while (!signal.aborted && sent < total) {
    const due = Math.min(dueCount(performance.now() - start, ratePerSecond), total);
    for (; sent < due; sent += 1) {
      void sender.send(sent, `${run}-${sent}`).then((record) => finished.push(record));
    }
    const wait = dueAt(sent, ratePerSecond) - (performance.now() - start);
    await sleep(Math.max(wait, 0), undefined, { signal }).catch(() => undefined);
  }
}

let options: ProbeRun;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(2);
}
await main(options);
