/**
 * Our `Set-Cookie` on one destination of an http rule: `headers.response.add` of HTTPRouteDestination. Somebody else's headers
 * beside it stay. Pure.
 */
import { isSetCookieOf } from '../shared/affinity.ts';
import type { WeightedDestination } from './objects.ts';

const CONTAINERS = ['headers', 'response', 'add'] as const;
const KEY = 'Set-Cookie';

type Container = Record<string, unknown>;

/** @returns the cookie that this plan set there, of whatever rollout */
export function ownCookie(entry: WeightedDestination | undefined, plan: string): string | undefined {
  const text = containersOf(entry)[CONTAINERS.length]?.[KEY];
  return typeof text === 'string' && isSetCookieOf(plan, text) ? text : undefined;
}

/**
 * Sets our cookie on the entry, or takes it away.
 * @param kept how many of the containers were there, empty, before we came (see `emptyContainers`): those stay
 */
export function writeCookie(
  entry: WeightedDestination | undefined,
  plan: string,
  text: string | undefined,
  kept = 0,
): void {
  if (!entry) return;
  if (text !== undefined) setCookieOn(entry, text);
  else if (ownCookie(entry, plan) !== undefined) removeCookie(entry, kept);
}

/** How many of the containers a destination has when the innermost of them is empty; 0: none of them is. */
export function emptyContainers(entry: WeightedDestination | undefined): number {
  const containers = containersOf(entry).slice(1);
  const last = containers.at(-1);
  return last && Object.keys(last).length === 0 ? containers.length : 0;
}

function setCookieOn(entry: WeightedDestination, text: string): void {
  let at: Container = entry;
  for (const key of CONTAINERS) {
    if (!isContainer(at[key])) at[key] = {};
    at = at[key] as Container;
  }
  at[KEY] = text;
}

function removeCookie(entry: WeightedDestination, kept: number): void {
  const containers = containersOf(entry);
  delete containers[CONTAINERS.length]?.[KEY];
  for (let depth = CONTAINERS.length; depth > kept; depth -= 1) {
    if (Object.keys(containers[depth] ?? {}).length > 0) return;
    delete containers[depth - 1]?.[CONTAINERS[depth - 1] as string];
  }
}

/** The entry itself, then its containers from the outside in, as far as there are any. */
function containersOf(entry: WeightedDestination | undefined): Container[] {
  const found: Container[] = entry ? [entry] : [];
  for (const key of CONTAINERS) {
    const next = found.at(-1)?.[key];
    if (!isContainer(next)) break;
    found.push(next);
  }
  return found;
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
