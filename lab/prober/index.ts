/**
 * The judge of "no user noticed": a steady stream of requests with ids, sent on schedule whether or not the server keeps
 * up, and a record of every answer. `main.ts` is its own process, so that a busy test cannot slow it; this file starts
 * it and reads what it wrote. It knows HTTP and files only.
 */

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProbeRecord, parseRecords } from './record.ts';
import { type ProbeSummary, summarize, type Window } from './summary.ts';

export { type PodRequest, readRequests } from './read-requests.ts';
export type { ProbeRecord } from './record.ts';
export { type ProbeSummary, summarize } from './summary.ts';

export interface ProberOptions {
  /** Where to connect and what to ask, for instance `http://127.0.0.1:8080/`. */
  url: string;
  /** Host header; the URL's host by default. */
  host?: string;
  /** Requests per second. */
  rate: number;
  /** File of the records, JSON lines; appended. */
  out: string;
  /** HTTP proxy, for instance the mesh client `http://127.0.0.1:15081`. */
  proxy?: string;
  /** Seconds until it ends by itself; until {@link Prober.stop} by default. */
  duration?: number;
  /** A new connection for each request. Default false: kept-alive connections, as many as are needed. */
  freshConnections?: boolean;
  /** Call by gRPC over one connection, the path being the method, for instance `/shop.Cart/Get`. Default false. */
  grpc?: boolean;
  /** Milliseconds after which a request counts as unanswered. Default 5000. */
  timeout?: number;
  /** First part of the ids; made from the time by default. */
  run?: string;
  /** Further request headers. */
  headers?: Record<string, string>;
  /**
   * Put before the command, for instance `['nsenter', '-t', '1234', '-n']` to send from another network namespace. It
   * must replace itself by the command (as nsenter does without `-p`), or signals would not arrive.
   */
  prefix?: string[];
}

export interface Prober {
  /** What has been recorded until now, in order of the answers; at most 200 ms old. */
  records: () => ProbeRecord[];
  /** Counts over the records that were sent in the window; all of them by default. */
  summary: (window?: Window) => ProbeSummary;
  /** Sends nothing more, waits for the answers that are due, and counts everything. */
  stop: () => Promise<ProbeSummary>;
  /** Resolves when the process has ended. */
  ended: Promise<void>;
}

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Starts a prober process. The first request leaves about 100 ms later. */
export function startProber(options: ProberOptions): Prober {
  mkdirSync(dirname(options.out), { recursive: true });
  const command = [...(options.prefix ?? []), process.execPath, MAIN, ...toArguments(options)];
  const log = openSync(`${options.out}.log`, 'a');
  // A session of its own, as Linux shares the processors between sessions: a busy test must not look like a slow server.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...command], { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      // SIGTERM: stopped before it had begun.
      if (code === 0 || signal === 'SIGTERM') resolve();
      else reject(new Error(`the prober ended with code ${code ?? signal}, see ${options.out}.log`));
    });
  });
  // A failure nobody waits for yet must not end the process; stop() reports it.
  ended.catch(() => undefined);
  const records = () => (existsSync(options.out) ? parseRecords(readFileSync(options.out, 'utf8')) : []);
  return {
    records,
    summary: (window) => summarize(records(), window),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return summarize(records());
    },
    ended,
  };
}

function toArguments(options: ProberOptions): string[] {
  const args = ['--url', options.url, '--rate', String(options.rate), '--out', options.out];
  if (options.host) args.push('--host', options.host);
  if (options.proxy) args.push('--proxy', options.proxy);
  if (options.duration) args.push('--duration', String(options.duration));
  if (options.grpc) args.push('--grpc');
  if (options.freshConnections) args.push('--fresh-connections');
  if (options.timeout) args.push('--timeout', String(options.timeout));
  if (options.run) args.push('--run', options.run);
  for (const [name, value] of Object.entries(options.headers ?? {})) args.push('--header', `${name}: ${value}`);
  return args;
}
