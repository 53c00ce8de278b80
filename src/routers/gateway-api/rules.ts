/** Rules of HTTPRoutes and GRPCRoutes as a plan manages them. Pure. */
import { PlanRules } from '../shared/rules.ts';
import { isAffinity, readAffinity, withAffinity } from './affinity.ts';
import { isMatch, routeMatching } from './match.ts';
import { type BackendPair, pairOf, type RouteRule } from './objects.ts';
import { foundRule, readRule, withIntent } from './rule.ts';

export const gatewayRules = new PlanRules<RouteRule, BackendPair>({
  lists: ['rules'],
  targets: 'backends',
  pairOf,
  readRule,
  isAffinity,
  isMatch,
  matching: routeMatching,
  ordered: false,
  readAffinity,
  describeAffinity: ({ phase, value }) =>
    `${phase === 'keep' ? 'who met it stays' : 'its cookie expires'} (cookie of ${value})`,
  foundRule,
  withIntent,
  withAffinity,
  fields: ['filters', 'backendRefs'],
});
