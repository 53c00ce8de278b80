/** What pages are drawn from: as the API answers, on the server and again in the browser. */
import type { CheckResult, ComparedTick, Comparison, IntervalProgress, RolloutView, Verdict } from 'sluice/contract';

/** One interval with its numbers and looks, oldest first in lists. */
export interface Evidence {
  stage: string;
  verdict: Verdict;
  checks: CheckResult[];
  from: string;
  to: string;
  /** That reached the canary: copies while mirroring. */
  requests: number;
  /** Percent; absent: no data. */
  observedWeight?: number;
  sentence: string;
  comparison?: Comparison & { ticks: ComparedTick[] };
}

export interface LiveNumbers {
  interval?: IntervalProgress;
  waiting?: string;
}

/** Something that was refused, as the API says it. */
export interface Refusal {
  title: string;
  remedy?: string;
}

export interface RolloutData {
  view: RolloutView;
  live: LiveNumbers;
  /** Absent: nobody looked. */
  workers?: 'polling' | 'none';
  evidence: Evidence[];
}

/** What the form of a page needs to be taken. */
export interface FormKey {
  csrf: string;
  /** Of the action that it asks for: sent twice it counts once. */
  id: string;
}

/** A row of the list. */
export interface Row {
  cluster: string;
  namespace: string;
  plan: string;
  rollout?: string;
  revision?: string;
  state: string;
  step?: string;
  startedAt: string;
  endedAt?: string;
  runId: string;
}

type Place = Pick<RolloutView, 'cluster' | 'namespace' | 'plan'>;

/** `/rollouts/local/demo/reviews` */
export function pathOf({ cluster, namespace, plan }: Place): string {
  return `/rollouts/${[cluster, namespace, plan].map(encodeURIComponent).join('/')}`;
}

/** `14:07:02Z`: UTC, as everywhere else. */
export function timeOfDay(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(11, 19)}Z`;
}

/** `2026-11-30 14:07Z` */
export function dayAndTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

/** ms from `since` to `until`, or to now. */
export function span(since: string, until: string | undefined, nowMs: number): number {
  return (until ? Date.parse(until) : nowMs) - Date.parse(since);
}
