import type { Span } from './marks.ts';
import type { Summary } from './statistics.ts';

/** What was used while Sluice waited; processor times in percent of one. */
export interface Use {
  /** Of Sluice's process, resident. */
  residentMiB: number;
  cpuPercent: number;
  temporalMiB: number;
  temporalCpuPercent: number;
  apiServerCpuPercent: number;
  prometheusCpuPercent: number;
  /** Open connections to the API server. */
  connections: number;
  requestsPerMinute: number;
  /** Asked of Prometheus. */
  queriesPerMinute: number;
}

/** Everything that can be measured, in the order in which it runs. */
export const NAMES = [
  'event-to-scale',
  'abort-to-zero',
  'abort-to-zero-busy',
  'intent-to-users',
  'harm',
  'many',
] as const;
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
  /** While nothing was asked of it. */
  waiting?: Use;
  /** What else is worth knowing, one sentence. */
  note?: string;
}

export interface MeasureOptions {
  /** Samples per setting. */
  count: number;
  /** Rollouts that wait beside the measured ones. */
  waiting: number;
  /** How many rollouts wait in each setting of `many`, growing. */
  rollouts: number[];
  /** What is wrong with the canary, in each cell of `harm`: endings of the lab's images. */
  canaries: string[];
  /** Seconds between two scrapes, in each cell of `harm`. */
  scrapes: number[];
  /** Rollouts in each cell of `harm`. */
  rounds: number;
  /** Parts of the plan's analysis in `harm`, as a resolved plan has them, for instance another source. */
  analysis: object;
  /** Remove what was made in the cluster. */
  tidy: boolean;
  say(line: string): void;
}

export type Measurement = (options: MeasureOptions) => Promise<Result[]>;
