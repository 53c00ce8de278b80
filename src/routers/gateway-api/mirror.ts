/** Mirrors on routes of the Gateway API: a RequestMirror filter on the rule, or on an extra rule directly before it. Pure. */
import { isPlain, type MirrorSpec } from '../../contract/mirror.ts';
import { mirrorRouter } from '../shared/mirror-check.ts';
import { narrowMatches, overtaken } from './mirror-match.ts';
import { backendOf, type Filter, isBackend, isMirrorTo, type RouteMatch, type RouteRule } from './objects.ts';

export const gatewayMirror = mirrorRouter<RouteRule, RouteMatch>({
  list: 'rules',
  called: 'rule',
  target: 'Service',
  dropsNames: true,
  weightOfFrom,
  isSplit: ({ backendRefs = [] }) => backendRefs.filter(({ weight = 1 }) => weight > 0).length > 1,
  isMarked: ({ filters = [] }, spec) => filters.some((filter) => isOurs(filter, spec)),
  mark: withMirror,
  unmark,
  // a list that is empty would be gone afterwards
  isOccupied: ({ filters }) => filters?.length === 0,
  narrow: narrowMatches,
  extra: (rule, spec, matches) => ({ ...withMirror(structuredClone(rule), spec), matches }),
  mirrorsTo: ({ filters = [] }, { to, route: { namespace } }) =>
    filters.find((one) => isMirrorTo(one, backendOf(to, namespace), namespace))?.requestMirror?.backendRef.name,
  refuses: (spec) =>
    spec.route.kind === 'GRPCRoute' && !isPlain(spec)
      ? {
          problem: 'every gRPC call is a POST, and its matches know no paths',
          remedy: 'allow unsafe methods and leave the match out, or mirror an HTTPRoute',
        }
      : undefined,
  conflict: (rules, index, matches, isMirrored) => {
    const other = overtaken(rules, index, matches, isMirrored);
    if (other === undefined) return undefined;
    return {
      problem: `the more specific match would take requests from spec.rules[${other}], as the Gateway API goes by specificity and not by order`,
      remedy: 'mirror everything (allow unsafe methods, leave the match out), or mirror where the rules do not overlap',
    };
  },
});

/** An omitted weight means 1. */
function weightOfFrom({ backendRefs = [] }: RouteRule, { from, route: { namespace } }: MirrorSpec): number {
  return backendRefs
    .filter((one) => isBackend(one, backendOf(from, namespace), namespace))
    .reduce((sum, { weight = 1 }) => sum + weight, 0);
}

function withMirror(rule: RouteRule, spec: MirrorSpec): RouteRule {
  return { ...rule, filters: [...(rule.filters ?? []), mirrorFilter(spec)] };
}

/** With every field that the API server would fill in, so that what is read back is what was written. */
function mirrorFilter({ to, percent, route }: MirrorSpec): Filter {
  const { namespace, ...service } = backendOf(to, route.namespace);
  const place = namespace === route.namespace ? {} : { namespace };
  const backendRef = { group: '', kind: 'Service', ...service, ...place };
  return { type: 'RequestMirror', requestMirror: { backendRef, percent } };
}

function isOurs(filter: Filter, { to, percent, route: { namespace } }: MirrorSpec): boolean {
  const { fraction, percent: copied } = filter.requestMirror ?? {};
  return !fraction && copied === percent && isMirrorTo(filter, backendOf(to, namespace), namespace);
}

/** A list that was not there before is not there afterwards; see `isOccupied` for an empty one. */
function unmark(rule: RouteRule, spec: MirrorSpec): RouteRule {
  const { filters = [], ...rest } = rule;
  const others = filters.filter((filter) => !isOurs(filter, spec));
  return others.length > 0 ? { ...rest, filters: others } : rest;
}
