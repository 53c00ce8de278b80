/** DestinationRules for a host, and the one that is made where nobody defines the canary's subset (`traffic.create`). Pure. */
import type { TargetPlan } from '../../contract/plan-parts.ts';
import { grantProblems } from '../../kubernetes/objects/grants.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import type { ServiceName } from '../contract.ts';
import { coversService, routeNamespace, sameHost } from '../shared/host.ts';
import type { DestinationRule } from './objects.ts';

/** @param service that the host means; absent: it is outside Kubernetes */
export function isRuleFor(
  { spec, metadata }: DestinationRule,
  host: string,
  service: ServiceName | undefined,
  plan: TargetPlan,
  domain: string,
) {
  const namespace = routeNamespace(plan);
  if (service) return coversService(spec?.host ?? '', metadata.namespace ?? namespace, service, domain);
  return sameHost(spec?.host ?? '', namespace, host, namespace);
}

/** Of the rule that we make for a plan. */
export function ownRuleName({ name }: TargetPlan): string {
  return `${name}-sluice-canary`;
}

/**
 * The rule, for a canary whose subset no other rule defines; or why none can be made.
 *
 * Istio puts the rules of one host in one namespace together and takes the first namespace that has any, so ours goes where
 * the primary's subset is defined, with the same `exportTo`. A rule for a host hides those for wildcards: beside such a one
 * none can be made.
 * @param rules everybody's for the host
 */
export function newSubsetRule(
  plan: TargetPlan,
  service: ServiceName,
  rules: DestinationRule[],
  apiVersion: string,
): { rule: DestinationRule } | { obstacle: string } {
  const exact = rules.filter(({ spec }) => !spec?.host?.includes('*'));
  const wildcard = rules.find(({ spec }) => spec?.host?.includes('*'));
  if (exact.length === 0 && wildcard) {
    return {
      obstacle: `${nameOf(wildcard)} is for ${wildcard.spec?.host}, and a rule for ${service.name} alone would hide it`,
    };
  }
  const { primary, canary } = plan.traffic;
  const ofPrimary = (rule: DestinationRule) => rule.spec?.subsets?.find(({ name }) => name === primary.subset);
  const model = exact.find(ofPrimary) ?? exact[0];
  const [away] = model ? grantProblems(refOf(model), model, plan) : [];
  if (away) return { obstacle: `${away.where} ${away.problem}; ${away.remedy}` };
  if (model?.spec?.workloadSelector !== undefined) {
    return { obstacle: `${nameOf(model)} is for some callers only (workloadSelector)` };
  }
  const trafficPolicy = model && ofPrimary(model)?.trafficPolicy;
  const subset = {
    name: canary.subset ?? '',
    labels: plan.workload.canaryLabels,
    ...(trafficPolicy === undefined ? {} : { trafficPolicy }),
  };
  const rule: DestinationRule = {
    apiVersion,
    kind: 'DestinationRule',
    metadata: { name: ownRuleName(plan), namespace: model?.metadata.namespace ?? service.namespace },
    spec: {
      // read in the same namespace as the model's, or in the Service's own
      host: model?.spec?.host ?? service.name,
      ...(model?.spec?.exportTo ? { exportTo: model.spec.exportTo } : {}),
      subsets: [subset],
    },
  };
  return { rule };
}

function nameOf(rule: DestinationRule): string {
  return describeRef(refOf(rule));
}

function refOf({ metadata: { namespace, name = '' } }: DestinationRule) {
  return { kind: 'DestinationRule', namespace, name };
}
