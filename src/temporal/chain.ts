/**
 * The chain over the events of a rollout. The hash of an event is the SHA-256, in hex, of `canonicalJson([before, run, event])`: the hash
 * before it (of the first event: an empty text), the id of its run, and the event as Temporal's own JSON.
 */
import { createHash } from 'node:crypto';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { canonicalJson } from '../contract/canonical-json.ts';
import { asObject } from './payload.ts';

/** An event in the protobuf JSON that Temporal's tools read and write. */
export type EventJson = Record<string, unknown>;

/** A run of a workflow with its events so far. */
export interface RunJson {
  run: string;
  events: EventJson[];
}

export interface ChainedEvent {
  hash: string;
  event: EventJson;
}

/** As the client gives it. */
export function eventsToJson(history: Parameters<typeof historyToJSON>[0]): EventJson[] {
  const { events = [] } = JSON.parse(historyToJSON(history)) as { events?: EventJson[] };
  return events;
}

/** The events of all runs with their hashes, in the order of the chain. */
export function chain(runs: readonly RunJson[]): ChainedEvent[][] {
  let before = '';
  return runs.map(({ run, events }) =>
    events.map((event) => {
      before = linkOf(before, run, event);
      return { hash: before, event };
    }),
  );
}

/** Of the event in which an activity of the last run was scheduled; undefined: there is none. */
export function hashOfActivity(runs: readonly RunJson[], activityId: string): string | undefined {
  const idOf = ({ activityTaskScheduledEventAttributes: scheduled }: EventJson) =>
    asObject<{ activityId: string }>(scheduled).activityId;
  return chain(runs)
    .at(-1)
    ?.find(({ event }) => idOf(event) === activityId)?.hash;
}

/** @param what JSON  @returns the hash of what is said after `before` */
export function linkOf(before: string, ...what: unknown[]): string {
  return createHash('sha256')
    .update(canonicalJson([before, ...what]))
    .digest('hex');
}
