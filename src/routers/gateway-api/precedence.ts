/**
 * Which rule gets a request: by how specific its match is, and not by its place. Pure.
 * gateway-api.sigs.k8s.io/reference/spec, HTTPRouteRule.matches.
 */
import type { HeaderMatch, RouteMatch } from './objects.ts';

export interface Placed {
  match: RouteMatch;
  /** Index of its rule; the earlier one wins among equals. */
  rule: number;
}

/** Of two that a request meets. */
export function wins(a: Placed, b: Placed): boolean {
  const [left, right] = [rank(a.match), rank(b.match)];
  const difference = left.map((value, index) => value - (right[index] ?? 0)).find((value) => value !== 0);
  return difference === undefined ? a.rule < b.rule : difference > 0;
}

const PATH_RANKS: Record<string, number> = { Exact: 3, RegularExpression: 2, PathPrefix: 1 };

/** Most significant first. */
function rank({ path, method, headers = [], queryParams = [] }: RouteMatch): number[] {
  const { type = 'PathPrefix', value = '/' } = path ?? {};
  return [PATH_RANKS[type] ?? 0, value.length, method === undefined ? 0 : 1, headers.length, queryParams.length];
}

/** Whether a request can meet both; yes where it cannot be told. */
export function overlap(a: RouteMatch, b: RouteMatch): boolean {
  if (a.method !== undefined && b.method !== undefined && a.method !== b.method) return false;
  const clash = (a.headers ?? []).some((one) => (b.headers ?? []).some((other) => areContrary(one, other)));
  return !clash && pathsOverlap(a.path ?? {}, b.path ?? {});
}

function areContrary(a: HeaderMatch, b: HeaderMatch): boolean {
  const exact = [a, b].every(({ type = 'Exact' }) => type === 'Exact');
  return exact && a.name.toLowerCase() === b.name.toLowerCase() && a.value !== b.value;
}

function pathsOverlap(a: NonNullable<RouteMatch['path']>, b: NonNullable<RouteMatch['path']>): boolean {
  const [left, right] = [a.value ?? '/', b.value ?? '/'];
  const kinds = [a.type ?? 'PathPrefix', b.type ?? 'PathPrefix'];
  if (kinds.includes('RegularExpression')) return true;
  if (kinds[0] === 'Exact' && kinds[1] === 'Exact') return left === right;
  if (kinds[0] === 'Exact') return isBelow(left, right);
  if (kinds[1] === 'Exact') return isBelow(right, left);
  return isBelow(left, right) || isBelow(right, left);
}

/** By whole path elements, as PathPrefix compares: `/api` covers `/api` and `/api/x`, not `/apix`. */
export function isBelow(path: string, prefix: string): boolean {
  const base = prefix.replace(/\/$/, '');
  return path === base || path === prefix || path.startsWith(`${base}/`);
}
