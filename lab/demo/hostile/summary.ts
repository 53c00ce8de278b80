/** The last screen of the hostile demo: what happened when, and what users felt of it. Pure. */
import { type ProbeRecord, summarize } from '../../prober/index.ts';
import { indented } from '../../story/index.ts';
import type { Noted } from './moments.ts';

export interface Film {
  records: ProbeRecord[];
  /** What the bad version answers as `x-version`. */
  version: string;
  /** When it turned bad, and when a write could be taken again; epoch ms. */
  badAt: number;
  writableAt: number;
}

export interface UsersFelt {
  /** When the bad version got its last request from a user, epoch ms. */
  backAt: number;
  total: number;
  failed: number;
  /** Of the failed, those that the bad version did not answer. */
  failedElsewhere: number;
  /** Share of all requests that it failed while it was bad and had users, 0 to 1. */
  rate: number;
  /** Requests since users were back. */
  since: number;
}

export function usersFelt({ records, version, badAt }: Film): UsersFelt {
  const isCanary = (record: ProbeRecord) => record.version === version;
  const backAt = records.filter(isCanary).reduce((last, { sentAt }) => Math.max(last, sentAt), badAt);
  const meanwhile = records.filter(({ sentAt }) => sentAt >= badAt && sentAt <= backAt);
  const { total, failed } = summarize(records);
  return {
    backAt,
    total,
    failed,
    failedElsewhere: failed - summarize(records.filter(isCanary)).failed,
    rate: summarize(meanwhile.filter(isCanary)).failed / Math.max(1, meanwhile.length),
    since: records.filter(({ sentAt }) => sentAt > backAt).length,
  };
}

const TIME = 8;
/** What `indented` puts before each line. */
const INDENT = 2;

/** A line each, with the seconds since the canary turned bad. */
export function momentLines(moments: readonly Noted[], badAt: number, width: number): string[] {
  const inOrder = [...moments].sort((a, b) => a.at - b.at);
  return inOrder.flatMap(({ at, what }) => {
    const [first = '', ...rest] = indented(what, width - TIME).map((line) => line.slice(INDENT));
    return [`${seconds(at - badAt).padStart(TIME - 2)}  ${first}`, ...rest.map((line) => ' '.repeat(TIME) + line)];
  });
}

/** What users felt, in lines of at most `width`. */
export function feltLines(felt: UsersFelt, { badAt, writableAt }: Film, weight: number, width: number): string[] {
  const { backAt, failed, total, rate, since } = felt;
  const spared = number(Math.round(rate * since));
  const share = `${(rate * 100).toFixed(1)} %`;
  return [
    `users back on v1 after ${seconds(backAt - writableAt)} s, from the moment a write could be taken again`,
    `users back on v1 after ${seconds(backAt - badAt)} s, from the moment the canary turned bad`,
    `requests failed: ${number(failed)} of ${number(total)}`,
    `users spared: ${spared} would have failed, had users stayed at ${weight} % on the bad canary to the end of the film: ` +
      `it failed ${share} of all requests while it had them, and ${number(since)} came since they were back`,
  ].flatMap((line) => indented(line, width).map((part) => part.slice(INDENT)));
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
