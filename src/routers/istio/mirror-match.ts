/**
 * A mirror's conditions added to the matches of an http rule. Pure.
 * Fields: istio.io/docs/reference/config/networking/virtual-service, HTTPMatchRequest and StringMatch.
 */
import { copiedMethods, type MirrorSpec } from '../../contract/mirror.ts';
import { anyOfThem, impossible, type Narrowed, never, type Step, same } from '../mirror/condition.ts';
import type { HttpRule } from './rule.ts';

type StringMatch = { exact?: string; prefix?: string; regex?: string };

interface HttpMatch {
  method?: StringMatch;
  uri?: StringMatch;
  ignoreUriCase?: boolean;
  headers?: Record<string, StringMatch>;
  withoutHeaders?: Record<string, StringMatch>;
  [field: string]: unknown;
}

/** The rule's matches with the conditions; a rule without matches takes everything. */
export function narrowMatches(rule: HttpRule, spec: MirrorSpec): Narrowed<HttpMatch> {
  const { pathPrefix, headers = {} } = spec.match ?? {};
  const methods = copiedMethods(spec);
  const steps: Step<HttpMatch>[] = [];
  if (methods) steps.push((match) => withMethods(match, methods));
  if (pathPrefix !== undefined) steps.push((match) => withPath(match, pathPrefix, rule));
  for (const [name, value] of Object.entries(headers)) steps.push((match) => withHeader(match, name, value));
  const matches = rule.match as HttpMatch[] | undefined;
  return anyOfThem(matches && matches.length > 0 ? matches : [{}], steps);
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
  if (uri?.regex !== undefined)
    return impossible('it matches paths by a pattern, which cannot be narrowed to a prefix');
  if (uri?.prefix?.startsWith(prefix)) return same(match);
  if (uri?.prefix !== undefined && !prefix.startsWith(uri.prefix)) return never;
  // What a rewrite replaces is the prefix that matched: a longer one would send users to another path.
  if ((rule.rewrite as { uri?: string } | undefined)?.uri !== undefined) {
    return impossible('it rewrites the matched part of the path, which a longer prefix would change for users');
  }
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
