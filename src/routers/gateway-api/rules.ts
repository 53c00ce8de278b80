/** Rules of HTTPRoutes and GRPCRoutes as a plan manages them. Pure. */
import { fieldOperations } from '../shared/diff.ts';
import { PlanRules } from '../shared/rules.ts';
import { isOurs, readAffinity, withAffinity } from './affinity.ts';
import { type BackendPair, pairOf, type RouteRule } from './objects.ts';
import { foundRule, readRule, unknownRule, withIntent } from './rule.ts';

export const gatewayRules = new PlanRules<RouteRule, BackendPair>({
  lists: ['rules'],
  targets: 'backends',
  pairOf,
  readRule,
  isOurs,
  readAffinity,
  describeAffinity: ({ phase, value }) =>
    `${phase === 'keep' ? 'who met it stays' : 'its cookie expires'} (cookie of ${value})`,
  foundRule,
  unknownRule,
  withIntent,
  withAffinity,
  operations: (path, before, after) => fieldOperations(path, before, after, ['filters', 'backendRefs']),
});
