/** A mirror's conditions added to the matches of an HTTPRoute's rule. Pure. */
import type { MirrorSpec } from '../../contract/mirror.ts';
import { alternativesOf } from '../shared/affinity.ts';
import { impossible, type Narrowed, narrow, never, PATTERN, REWRITTEN, same } from '../shared/mirror-conditions.ts';
import type { RouteMatch, RouteRule } from './objects.ts';
import { isBelow, overlap, type Placed, wins } from './precedence.ts';

/** The API server fills this in where a rule says nothing. */
const EVERYTHING: RouteMatch = { path: { type: 'PathPrefix', value: '/' } };

const matchesOf = ({ matches }: RouteRule) => alternativesOf(matches, EVERYTHING);

/** The rule's matches with the conditions. */
export function narrowMatches(rule: RouteRule, spec: MirrorSpec): Narrowed<RouteMatch> {
  return narrow(matchesOf(rule), spec, {
    withPath: (match, prefix) => withPath(match, prefix, rule),
    withHeader,
    withMethods,
  });
}

/** One match can name one method, so there is one for each. */
function withMethods(match: RouteMatch, methods: readonly string[]): Narrowed<RouteMatch> {
  if (match.method !== undefined) return methods.some((one) => one === match.method) ? same(match) : never;
  return { kind: 'matches', matches: methods.map((method) => ({ ...match, method })) };
}

function withPath(match: RouteMatch, prefix: string, rule: RouteRule): Narrowed<RouteMatch> {
  const { type = 'PathPrefix', value = '/' } = match.path ?? {};
  if (type === 'Exact') return isBelow(value, prefix) ? same(match) : never;
  if (type !== 'PathPrefix') return PATTERN;
  if (isBelow(value, prefix)) return same(match);
  if (!isBelow(prefix, value)) return never;
  if (rule.filters?.some(({ urlRewrite }) => urlRewrite?.path?.type === 'ReplacePrefixMatch')) return REWRITTEN;
  return same({ ...match, path: { type: 'PathPrefix', value: prefix } });
}

function withHeader(match: RouteMatch, name: string, value: string): Narrowed<RouteMatch> {
  const present = match.headers?.find((header) => header.name.toLowerCase() === name.toLowerCase());
  if (!present) return same({ ...match, headers: [...(match.headers ?? []), { type: 'Exact', name, value }] });
  if ((present.type ?? 'Exact') !== 'Exact') return impossible(`it matches the header ${name} by a pattern already`);
  return present.value === value ? same(match) : never;
}

/**
 * The rule from which a narrower match would take requests: a method or a header more may outrank one that came first until
 * now.
 * @param isMirrored rules that get the same conditions themselves, and so stay ahead of it
 * @returns the index of the rule
 */
export function overtaken(
  rules: RouteRule[],
  index: number,
  narrowed: RouteMatch[],
  isMirrored: (rule: RouteRule) => boolean,
): number | undefined {
  const placed = (matches: RouteMatch[], at: number) => matches.map((match): Placed => ({ match, rule: at }));
  const before = placed(matchesOf(rules[index] ?? {}), index);
  const after = placed(narrowed, index - 0.5);
  return rules
    .flatMap((rule, at) => (at === index || isMirrored(rule) ? [] : placed(matchesOf(rule), at)))
    .find(
      (other) =>
        after.some((one) => overlap(one.match, other.match) && wins(one, other)) &&
        before.some((one) => overlap(one.match, other.match) && wins(other, one)),
    )?.rule;
}
