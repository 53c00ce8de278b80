/** A mirror's conditions added to the matches of an http rule. Pure. */
import type { MirrorSpec } from '../../contract/mirror.ts';
import { alternativesOf } from '../shared/affinity.ts';
import { impossible, type Narrowed, narrow, never, PATTERN, REWRITTEN, same } from '../shared/mirror-conditions.ts';
import type { HttpMatch, HttpRule } from './objects.ts';

/** The rule's matches with the conditions; a rule without matches takes everything. */
export function narrowMatches(rule: HttpRule, spec: MirrorSpec): Narrowed<HttpMatch> {
  return narrow(alternativesOf<HttpMatch>(rule.match, {}), spec, {
    withPath: (match, prefix) => withPath(match, prefix, rule),
    withHeader,
    withMethods,
  });
}

function withMethods(match: HttpMatch, methods: readonly string[]): Narrowed<HttpMatch> {
  const [only] = methods;
  const wanted = methods.length === 1 ? { exact: only } : { regex: methods.join('|') };
  if (!match.method) return same({ ...match, method: wanted });
  const { exact } = match.method;
  if (exact === undefined) return impossible('it matches methods by a prefix or a pattern, which cannot be narrowed');
  return methods.includes(exact) ? same(match) : never;
}

function withPath(match: HttpMatch, prefix: string, rule: HttpRule): Narrowed<HttpMatch> {
  const { uri } = match;
  if (uri && match.ignoreUriCase) return impossible('it matches paths whatever their case, which cannot be narrowed');
  if (uri?.exact !== undefined) return uri.exact.startsWith(prefix) ? same(match) : never;
  if (uri?.regex !== undefined) return PATTERN;
  if (uri?.prefix?.startsWith(prefix)) return same(match);
  if (uri?.prefix !== undefined && !prefix.startsWith(uri.prefix)) return never;
  if ((rule.rewrite as { uri?: string } | undefined)?.uri !== undefined) return REWRITTEN;
  return same({ ...match, uri: { prefix } });
}

function withHeader(match: HttpMatch, name: string, value: string): Narrowed<HttpMatch> {
  const wanted = name.toLowerCase();
  if (keyOf(match.withoutHeaders, wanted) !== undefined)
    return impossible(`it matches requests without the header ${name}`);
  const key = keyOf(match.headers, wanted);
  if (key === undefined) return same({ ...match, headers: { ...match.headers, [wanted]: { exact: value } } });
  const exact = match.headers?.[key]?.exact;
  if (exact === undefined) return impossible(`it matches the header ${name} by a prefix or a pattern already`);
  return exact === value ? same(match) : never;
}

function keyOf(headers: Record<string, unknown> | undefined, wanted: string): string | undefined {
  return Object.keys(headers ?? {}).find((key) => key.toLowerCase() === wanted);
}
