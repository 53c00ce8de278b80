/** Reads what a preflight over Services needs besides them: whom they select on each side, and who shares among pods how. */
import { plural } from '../../contract/words.ts';
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { unless } from '../../kubernetes/client/errors.ts';
import { selectorText } from '../../kubernetes/objects/deployments.ts';
import { describeRef, podRef, serviceRef } from '../../kubernetes/objects/refs.ts';
import type { Service } from '../../kubernetes/objects/services.ts';
import type { Findings, Labels, PodLabels, ResolvedRoute } from '../contract.ts';
import { serviceOfSide } from '../shared/host.ts';
import { joined, selectorProblems, selects } from '../shared/services.ts';
import { listSlices } from './endpoints.ts';
import { commonSelector, selectorOf } from './selector.ts';

export async function inspect(client: KubeClient, routes: ResolvedRoute[], labels: PodLabels): Promise<Findings> {
  const looked = routes.map(async (route) =>
    joined([sides(route, labels), sharing(route), ...(await seen(client, route))]),
  );
  return joined([...(await Promise.all(looked)), await ownService(client, routes, labels)]);
}

/** The selector of each side, as this rollout will write it. */
function sides(managed: ResolvedRoute, labels: PodLabels): Findings {
  const { plan, route } = managed;
  const name = describeRef(route);
  const selector = selectorOf(managed);
  const canary = { ...selector, ...plan.workload.canaryLabels };
  const found = [
    ...selectorProblems('primary', name, selector, plan, labels),
    ...selectorProblems('canary', `${name}, with spec.workload.canaryLabels,`, canary, plan, labels),
  ];
  return { problems: found.map(({ problem, remedy }) => ({ where: name, problem, remedy })), warnings: [] };
}

/** What makes another share of a number of pods. */
function sharing({ plan, route, object }: ResolvedRoute): Findings {
  if (plan.traffic.mode !== 'pods') return { problems: [], warnings: [] };
  const { spec = {} } = object as Service;
  const name = describeRef(route);
  const local = [spec.internalTrafficPolicy, spec.externalTrafficPolicy].includes('Local');
  const near = local || spec.trafficDistribution !== undefined;
  return {
    problems: [],
    warnings: [
      ...(near ? [`${name} prefers pods that are near its callers, so shares differ from place to place`] : []),
      ...(spec.sessionAffinity === 'ClientIP'
        ? [`${name} keeps callers on their pod (sessionAffinity), so a share is one of callers and moves slowly`]
        : []),
    ],
  };
}

async function seen(client: KubeClient, managed: ResolvedRoute): Promise<Findings[]> {
  const { route, plan } = managed;
  const where = describeRef(route);
  const common = commonSelector(managed, selectorOf(managed));
  const [slices, pods] = await Promise.all([
    unless('forbidden', listSlices(client, managed)),
    plan.traffic.mode === 'pods' && Object.keys(common).length > 0
      ? client.list<KubeObject>(podRef(route.namespace), { labelSelector: selectorText({ matchLabels: common }) })
      : [],
  ]);
  const own = [selectorOf(managed), { ...common, ...plan.workload.canaryLabels }];
  const others = pods.filter(({ metadata }) => !own.some((selector) => selects(selector, metadata.labels ?? {})));
  const blind = { where, problem: 'may not be followed: there is no right to list EndpointSlices', remedy: RIGHT };
  const shared = {
    where,
    problem: `would lead users to ${plural(others.length, 'other pod')} (${others[0]?.metadata.name}) once both sides share them, as ${showCommon(common)} selects these, too`,
    remedy: 'add a label to its selector that pods of both sides have, and no others',
  };
  return [{ problems: [...(slices ? [] : [blind]), ...(others.length > 0 ? [shared] : [])], warnings: [] }];
}

const RIGHT = 'apply deploy/features/services.yaml';

function showCommon(labels: Labels): string {
  return selectorText({ matchLabels: labels });
}

/** The canary's own, where the plan names one. */
async function ownService(client: KubeClient, [first]: ResolvedRoute[], labels: PodLabels): Promise<Findings> {
  const plan = first?.plan;
  const named = plan && serviceOfSide(plan, 'canary');
  if (!named || plan.traffic.canary.host === plan.traffic.primary.host) return { problems: [], warnings: [] };
  const name = describeRef({ kind: 'Service', ...named });
  const service = await client.get<Service>(serviceRef(named.namespace, named.name));
  if (service)
    return { problems: selectorProblems('canary', name, selectorOf({ object: service }), plan, labels), warnings: [] };
  if (plan.traffic.create)
    return { problems: [], warnings: [`${name} does not exist; it will be made, and removed at the end`] };
  const remedy = "create it for the canary's pods, or set spec.traffic.create: true";
  return { problems: [{ where: 'spec.traffic.canary', problem: `${name} does not exist`, remedy }], warnings: [] };
}
