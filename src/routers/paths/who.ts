/** Whose pods a destination selects. Pure. */
import type { Side } from '../../contract/activities.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { Labels, PodLabels } from '../contract.ts';
import { coversHost, coversService, routeNamespace, sameHost, serviceOf } from '../shared/host.ts';
import { selects } from '../shared/services.ts';
import type { Surroundings } from './read.ts';
import type { WalkedTarget } from './walker.ts';

export interface WayFacts extends Pick<Surroundings, 'services' | 'rules' | 'entries' | 'partial'> {
  plan: TargetPlan;
  labels: PodLabels;
  domain: string;
}

export interface Who {
  primary: boolean;
  canary: boolean;
}

/** One name for another leads no further than this. */
const MAX_ALIASES = 4;

/** The side whose destination it is by name, whatever that selects. @param namespace of the object that names it */
export function sideOf({ plan }: WayFacts, { host, subset = '' }: WalkedTarget, namespace: string): Side | undefined {
  return (['primary', 'canary'] as const).find((side) => {
    const wanted = plan.traffic[side];
    return subset === (wanted.subset ?? '') && sameHost(host, namespace, wanted.host, routeNamespace(plan));
  });
}

export function whoGets(facts: WayFacts, target: WalkedTarget, namespace: string): Who {
  const side = sideOf(facts, target, namespace);
  if (side) return { primary: side === 'primary', canary: side === 'canary' };
  return whoMatches(facts.labels, selectorsOf(facts, target, namespace));
}

export function whoMatches({ primaryPodLabels, canaryPodLabels }: PodLabels, selectors: Labels[]): Who {
  const some = (labels: Labels) => selectors.some((selector) => selects(selector, labels));
  return { primary: some(primaryPodLabels), canary: some(canaryPodLabels) };
}

function selectorsOf(facts: WayFacts, { host, subset }: WalkedTarget, namespace: string): Labels[] {
  const whole = hostSelectors(facts, host, namespace, MAX_ALIASES);
  if (!subset) return whole;
  const service = serviceOf(host, namespace);
  const subsets = facts.rules
    .filter(({ spec, metadata: { namespace: home = '' } }) =>
      service
        ? coversService(spec?.host ?? '', home, service, facts.domain)
        : sameHost(spec?.host ?? '', home, host, namespace),
    )
    .flatMap(({ spec }) => spec?.subsets ?? [])
    .filter(({ name }) => name === subset);
  // what nobody defines gets nothing, unless it is defined where one may not look
  if (subsets.length === 0) return facts.partial.includes('DestinationRule') ? whole : [];
  return subsets.flatMap(({ labels }) => whole.map((selector) => ({ ...selector, ...labels })));
}

/** Selectors of the Services and ServiceEntries behind a host, also where it is another name for one. */
function hostSelectors(facts: WayFacts, host: string, namespace: string, aliases: number): Labels[] {
  const { plan, services, entries } = facts;
  if (aliases === 0) return [];
  const named = serviceOf(host, namespace);
  const own = services.filter(({ metadata: { name } }) => named?.name === name && named.namespace === plan.namespace);
  const further = entries.filter(({ spec }) => (spec?.hosts ?? []).some((one) => coversHost(one, host)));
  const selectors = [
    ...own.map(({ spec }) => spec?.selector),
    ...further
      .filter(({ metadata }) => metadata.namespace === plan.namespace)
      .map(({ spec }) => spec?.workloadSelector?.labels),
  ];
  const names = [
    ...own.map(({ spec }) => spec?.externalName),
    ...further.flatMap(({ spec }) => (spec?.endpoints ?? []).map(({ address }) => address)),
  ];
  return [
    ...selectors.filter((one) => one !== undefined),
    ...names.flatMap((one) => (one && one !== host ? hostSelectors(facts, one, '', aliases - 1) : [])),
  ];
}
