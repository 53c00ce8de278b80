/**
 * A mirror's conditions added to the matches of an HTTPRoute's rule, and whether the narrower match would take requests from
 * another rule. Pure. Fields and precedence: gateway-api.sigs.k8s.io/reference/spec, HTTPRouteMatch and HTTPRouteRule.
 */
import { copiedMethods, type MirrorSpec } from '../../contract/mirror.ts';
import { anyOfThem, impossible, type Narrowed, never, type Step, same } from '../mirror/condition.ts';

interface HeaderMatch {
  type?: string;
  name: string;
  value: string;
}

export interface RouteMatch {
  path?: { type?: string; value?: string };
  headers?: HeaderMatch[];
  queryParams?: unknown[];
  method?: string;
}

export interface RouteFilter {
  type: string;
  urlRewrite?: { path?: { type?: string } };
  requestMirror?: {
    backendRef?: BackendRef;
    percent?: number;
    fraction?: { numerator?: number; denominator?: number };
  };
  [field: string]: unknown;
}

export interface BackendRef {
  group?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  port?: number;
  weight?: number;
  [field: string]: unknown;
}

export interface RouteRule {
  name?: string;
  matches?: RouteMatch[];
  filters?: RouteFilter[];
  backendRefs?: BackendRef[];
  [field: string]: unknown;
}

/** The API server fills this in where a rule says nothing. */
const EVERYTHING: RouteMatch = { path: { type: 'PathPrefix', value: '/' } };

/** The rule's matches with the conditions. */
export function narrowRouteMatches(rule: RouteRule, spec: MirrorSpec): Narrowed<RouteMatch> {
  const { pathPrefix, headers = {} } = spec.match ?? {};
  const methods = copiedMethods(spec);
  const steps: Step<RouteMatch>[] = [];
  if (pathPrefix !== undefined) steps.push((match) => withPath(match, pathPrefix, rule));
  for (const [name, value] of Object.entries(headers)) steps.push((match) => withHeader(match, name, value));
  if (methods) steps.push((match) => withMethods(match, methods));
  return anyOfThem(matchesOf(rule), steps);
}

function matchesOf({ matches }: RouteRule): RouteMatch[] {
  return matches && matches.length > 0 ? matches : [EVERYTHING];
}

/** One match can name one method, so there is one for each. */
function withMethods(match: RouteMatch, methods: readonly string[]): Narrowed<RouteMatch> {
  if (match.method !== undefined) return methods.includes(match.method) ? same(match) : never;
  return { kind: 'matches', matches: methods.map((method) => ({ ...match, method })) };
}

function withPath(match: RouteMatch, prefix: string, rule: RouteRule): Narrowed<RouteMatch> {
  const { type = 'PathPrefix', value = '/' } = match.path ?? {};
  if (type === 'Exact') return isBelow(value, prefix) ? same(match) : never;
  if (type !== 'PathPrefix') return impossible('it matches paths by a pattern, which cannot be narrowed to a prefix');
  if (isBelow(value, prefix)) return same(match);
  if (!isBelow(prefix, value)) return never;
  // What a rewrite replaces is the prefix that matched: a longer one would send users to another path.
  if (rule.filters?.some(({ urlRewrite }) => urlRewrite?.path?.type === 'ReplacePrefixMatch')) {
    return impossible('it rewrites the matched part of the path, which a longer prefix would change for users');
  }
  return same({ ...match, path: { type: 'PathPrefix', value: prefix } });
}

/** By whole path elements, as PathPrefix compares: `/api` covers `/api` and `/api/x`, not `/apix`. */
function isBelow(path: string, prefix: string): boolean {
  const base = prefix.replace(/\/$/, '');
  return path === base || path === prefix || path.startsWith(`${base}/`);
}

function withHeader(match: RouteMatch, name: string, value: string): Narrowed<RouteMatch> {
  const present = match.headers?.find((header) => header.name.toLowerCase() === name.toLowerCase());
  if (!present) return same({ ...match, headers: [...(match.headers ?? []), { type: 'Exact', name, value }] });
  if ((present.type ?? 'Exact') !== 'Exact') return impossible(`it matches the header ${name} by a pattern already`);
  return present.value === value ? same(match) : never;
}

interface Placed {
  match: RouteMatch;
  /** Index of its rule; the earlier one wins among equals. */
  rule: number;
}

/**
 * The rule from which a narrower match would take requests: precedence goes by specificity and not by order, so a method or a
 * header more may outrank a rule that came first until now.
 * @param mirrored rules that get the same conditions themselves, and so stay ahead of it
 * @returns the index of the rule
 */
export function overtaken(
  rules: readonly RouteRule[],
  index: number,
  narrowed: readonly RouteMatch[],
  mirrored: (rule: RouteRule) => boolean,
): number | undefined {
  const before = matchesOf(rules[index] ?? {}).map((match): Placed => ({ match, rule: index }));
  const after = narrowed.map((match): Placed => ({ match, rule: index - 0.5 }));
  const others = rules.flatMap((rule, at) =>
    at === index || mirrored(rule) ? [] : matchesOf(rule).map((match): Placed => ({ match, rule: at })),
  );
  return others.find(
    (other) =>
      after.some((one) => overlap(one.match, other.match) && wins(one, other)) &&
      before.some((one) => overlap(one.match, other.match) && wins(other, one)),
  )?.rule;
}

function wins(a: Placed, b: Placed): boolean {
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
function overlap(a: RouteMatch, b: RouteMatch): boolean {
  if (a.method !== undefined && b.method !== undefined && a.method !== b.method) return false;
  const clash = (a.headers ?? []).some((one) =>
    (b.headers ?? []).some(
      (other) =>
        isExact(one) &&
        isExact(other) &&
        one.name.toLowerCase() === other.name.toLowerCase() &&
        one.value !== other.value,
    ),
  );
  return !clash && pathsOverlap(a.path ?? {}, b.path ?? {});
}

function isExact({ type = 'Exact' }: HeaderMatch): boolean {
  return type === 'Exact';
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
