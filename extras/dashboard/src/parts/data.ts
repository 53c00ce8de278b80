/** What pages are drawn from, on the server and again in the browser; and how they tell places and times. */
import type { RolloutView } from 'sluice/contract';
import type { Interval, Rollout, Rollouts } from 'sluice/server';

export interface RolloutData {
  rollout: Rollout;
  /** Oldest first. */
  intervals: Interval[];
  /** Queues with no worker; absent: nobody looked. */
  unpolled?: string[];
}

export type RolloutRow = Rollouts['rollouts'][number];

/** Something that was refused, as the API says it. */
export interface ApiRefusal {
  title: string;
  remedy?: string;
}

/** What a form needs to be taken. */
export interface FormKey {
  /** Of the session; absent: a token was used, and none is needed. */
  csrf?: string;
  /** Of the action that it asks for: sent twice it counts once. */
  id: string;
  /** Who is logged in. */
  name: string;
}

/** `/rollouts/local/demo/reviews` */
export function pathOf({ cluster, namespace, plan }: Pick<RolloutView, 'cluster' | 'namespace' | 'plan'>): string {
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
