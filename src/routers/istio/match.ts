/** Users who match, in http rules: the first rule that fits takes a request. Pure. */
import { alternativesOf } from '../shared/affinity.ts';
import type { HeaderCondition, Matching } from '../shared/match.ts';
import { type DestinationPair, type HttpMatch, type HttpRule, isDestination } from './objects.ts';

export function httpMatching({ canary, namespace }: DestinationPair): Matching<HttpRule, HttpMatch> {
  return {
    alternativesOf: ({ match }) => alternativesOf<HttpMatch>(match, {}),
    withHeaders: (alternative, headers) => ({
      ...alternative,
      headers: { ...alternative.headers, ...Object.fromEntries(headers.map(entryOf)) },
    }),
    hasHeaders: ({ headers = {} }, wanted) =>
      wanted.every(({ name, exact, regex }) => headers[name]?.exact === exact && headers[name]?.regex === regex),
    names: ({ headers, withoutHeaders }, header) =>
      [headers, withoutHeaders].some((all) => Object.keys(all ?? {}).some((key) => key.toLowerCase() === header)),
    toCanary: ({ name: _, match: __, route = [], ...rest }, name, alternatives) => ({
      name,
      match: alternatives,
      ...rest,
      route: route
        .filter(({ destination }) => isDestination(destination, canary, namespace))
        .map((entry) => ({ ...entry, weight: 100 })),
    }),
  };
}

function entryOf({ name, exact, regex }: HeaderCondition) {
  return [name, exact === undefined ? { regex } : { exact }] as const;
}
