/** DestinationRules that Sluice makes for the canary's subset, where nobody defines it. */
import { PLAN_LABEL } from '../../kubernetes/objects/annotations.ts';
import { isMadeBy } from '../../kubernetes/objects/services.ts';
import { Refusal } from '../../kubernetes/writes/refusals.ts';
import type { DestinationObjects } from '../contract.ts';
import { domainOf } from '../shared/domain.ts';
import { isRuleFor, newSubsetRule, ownRuleName } from './destination-rule.ts';
import { destinationRuleRef, readDestinationRules } from './read.ts';

export const istioDestinations: DestinationObjects = {
  async needed(client, { apiVersion }, plan, service) {
    const { host, subset } = plan.traffic.canary;
    if (subset === undefined) return [];
    const rules = await readDestinationRules(client, plan, apiVersion);
    const domain = domainOf(...rules);
    const others = rules.filter((rule) => !isMadeBy(rule, plan) && isRuleFor(rule, host, service, plan, domain));
    if (others.some(({ spec }) => spec?.subsets?.some(({ name }) => name === subset))) return [];
    const made = newSubsetRule(plan, service, others, apiVersion);
    if ('obstacle' in made) throw new Refusal('Drift', `no subset "${subset}" can be made: ${made.obstacle}`);
    const { namespace = service.namespace } = made.rule.metadata;
    return [{ ref: destinationRuleRef(apiVersion, namespace, ownRuleName(plan)), object: made.rule, content: '/spec' }];
  },

  async labelled(client, { apiVersion }, plan) {
    const rules = await readDestinationRules(client, plan, apiVersion);
    const own = rules.filter(({ metadata }) => metadata.labels?.[PLAN_LABEL] === plan.name);
    return own.map((object) => {
      const { name, namespace = '' } = object.metadata;
      return { ref: destinationRuleRef(apiVersion, namespace, name), object };
    });
  },
};
