import type { Span } from './marks.ts';
import type { Summary } from './statistics.ts';

export interface WorkerUse {
  residentMiB: number;
  /** Percent of one processor. */
  cpuPercent: number;
  /** Of the Temporal server, percent of one processor. */
  temporalCpuPercent: number;
}

/** Everything that can be measured, in the order in which it runs. */
export const NAMES = ['event-to-scale', 'abort-to-zero', 'abort-to-zero-busy', 'intent-to-users'] as const;
export type Name = (typeof NAMES)[number];

/** What one measurement found; times in ms. */
export interface Result extends Summary {
  name: Name;
  /** What was the case, in a few words. */
  setting: string;
  /** The median is to stay under it. */
  target: number;
  samples: number[];
  phases: Span[];
  /** Load average of the machine just before and just after. */
  load: [before: number, after: number];
  /** Worker while nothing was asked of it. */
  waiting?: WorkerUse;
  /** What else is worth knowing, one sentence. */
  note?: string;
}

export interface MeasureOptions {
  /** Samples per setting. */
  count: number;
  /** Rollouts that wait beside the measured ones. */
  waiting: number;
  /** Remove what was made in the cluster. */
  tidy: boolean;
  say(line: string): void;
}

export type Measurement = (options: MeasureOptions) => Promise<Result[]>;
