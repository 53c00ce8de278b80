/** What forbids stages with match on the rules of one route, in words. Pure. */
import type { Problem } from '../../contract/offer.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import type { ManagedRoute } from '../contract.ts';
import { headersOf, matchProblems } from '../shared/match.ts';
import { placeOf, rulesOf } from '../shared/rules.ts';
import { matchesOf } from './affinity.ts';
import { type ExtraRules, MAX_HEADERS, overtaken, roomProblems } from './affinity-check.ts';
import { routeMatching } from './match.ts';
import { pairOf, type RouteRule } from './objects.ts';
import { gatewayRules } from './rules.ts';

const LEAVE = 'leave the stages with match out';

export function routeMatchProblems(managed: ManagedRoute): Problem[] {
  const { object, plan, route } = managed;
  if (!plan.match) return [];
  const where = describeRef(route);
  const headers = plan.match.map(({ match }) => headersOf(match).length);
  const beside: ExtraRules = { needs: 'stages with match need', leave: LEAVE, users: 'users who match', headers };
  const rules = gatewayRules.managed(managed);
  const others = rulesOf<RouteRule>(object, 'rules').filter((rule) => !gatewayRules.isOurs(rule, plan));
  const matching = routeMatching(pairOf(plan, route));
  return [
    ...roomProblems(where, others, rules, beside),
    ...rules.flatMap((one) => {
      const place = `${where} ${placeOf(one)}`;
      const room = MAX_HEADERS - Math.max(...headers);
      const full = matchesOf(one.rule).some((match) => (match.headers?.length ?? 0) > room);
      const problem = `has a match with so many headers that there is no room for ${Math.max(...headers)} more`;
      return [
        ...matchProblems(matching, place, one.rule, plan),
        ...overtaken(place, one, rules, managed, beside),
        ...(full ? [{ where: place, problem, remedy: `match on fewer headers, or ${LEAVE}` }] : []),
      ];
    }),
  ];
}
