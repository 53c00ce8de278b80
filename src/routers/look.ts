/** What a route says in the plan's terms, and what that has to do with what Sluice expects. Pure. */
import { describeIntent, type RouteIntent, sameIntent } from '../contract/intent.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import type { ManagedRoute } from './contract.ts';
import { routerOf } from './registry.ts';
import { lastChangedBy } from './shared/drift.ts';

export interface RouteLook {
  /** Absent: its managed rules cannot be read as one intent, or there is none. */
  intent?: RouteIntent;
  /** The first rule that differs from `wanted`, with what it says instead: `spec.http[0] has primary 50 %, canary 50 %`. */
  words: string;
}

export function lookAt(managed: ManagedRoute, wanted: RouteIntent): RouteLook {
  const rules = routerOf(managed.route).read(managed, wanted);
  const shown = rules.find(({ intent }) => !intent || !sameIntent(intent, wanted)) ?? rules[0];
  const words = shown ? `${shown.place} has ${shown.words}` : 'no rule routes to the primary';
  return { intent: commonIntent(rules), words };
}

/** Who changed what on a route, and what Sluice expects instead. */
export function driftOf(managed: ManagedRoute, wanted: RouteIntent): string {
  const { words } = lookAt(managed, wanted);
  const by = lastChangedBy(managed.object);
  return `${describeRef(managed.route)}: ${words}, where Sluice expects ${describeIntent(wanted)}${by}`;
}

/** The one intent that all say; undefined when there is none. */
export function commonIntent(all: { intent?: RouteIntent }[]): RouteIntent | undefined {
  const first = all[0]?.intent;
  return first && all.every(({ intent }) => intent && sameIntent(intent, first)) ? first : undefined;
}
