/** What about a workload is known to keep its canary's pods, or its upgrade, from getting ready. Pure. */
import { largestCanary } from '../../contract/capacity.ts';
import type { Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import type { KubeObject } from '../client/client.ts';
import { canaryPodLabels, canaryTemplate, type Deployment, type DeploymentPair, replicasOf } from './deployments.ts';
import { allContainers, type LabelSelector, selects } from './pod-template.ts';
import { quotaWarnings, type ResourceQuota } from './quota.ts';
import { deploymentRef, describeRef } from './refs.ts';

/** Refused only where it cannot work; the rest may, and is said. */
export interface Obstacles {
  problems: Problem[];
  warnings: string[];
}

/** What else is in the namespace. */
export interface Neighbours {
  budgets: (KubeObject & { spec?: { selector?: LabelSelector } })[];
  quotas: ResourceQuota[];
  /** Those that the primary's pods use. */
  claims: (KubeObject & { spec?: { accessModes?: string[] } })[];
}

interface PlacedContainer {
  ports?: { containerPort: number; hostPort?: number }[];
  readinessProbe?: { initialDelaySeconds?: number };
}

interface PlacedSpec {
  hostNetwork?: boolean;
  affinity?: {
    podAntiAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: { topologyKey: string; labelSelector?: LabelSelector }[];
    };
  };
  topologySpreadConstraints?: { topologyKey: string; whenUnsatisfiable: string }[];
}

export function obstaclesOf(plan: Plan, pair: DeploymentPair, { budgets, quotas, claims }: Neighbours): Obstacles {
  const { template } = pair.primary.spec;
  const most = largestCanary(plan, replicasOf(pair.primary));
  const alone = claims.filter(({ spec }) => spec?.accessModes?.includes('ReadWriteOncePod'));
  const where = describeRef(deploymentRef(plan.namespace, plan.workload.primary));
  return {
    problems: [
      ...neverReady(plan, pair.primary),
      ...alone.map(({ metadata }) => ({
        problem: `its volume claim ${metadata.name} is ReadWriteOncePod, so no canary pod can start beside it`,
        remedy: 'give the workload a volume that several pods may use, or none',
      })),
    ].map((problem) => ({ where, ...problem })),
    warnings: [
      ...placeWarnings(plan, pair),
      ...claims.filter(isOfOneNode).map(({ metadata }) => {
        return `volume claim ${metadata.name} is ReadWriteOnce: canary pods start only on the node that has a pod of ${plan.workload.primary}`;
      }),
      ...upgradeWarnings(plan, pair.primary),
      ...budgetWarnings(plan, pair, budgets),
      ...quotaWarnings(quotas, template, most),
    ],
  };
}

/** A pod counts once it is available. */
function neverReady({ scale }: Plan, { spec }: Deployment): Omit<Problem, 'where'>[] {
  const containers = allContainers(spec.template) as PlacedContainer[];
  const delays = containers.map(({ readinessProbe }) => readinessProbe?.initialDelaySeconds ?? 0);
  const [earliestS, timeoutS] = [
    Number(spec.minReadySeconds ?? 0) + Math.max(0, ...delays),
    scale.readyTimeoutMs / 1000,
  ];
  if (earliestS < timeoutS) return [];
  const problem = `its pods count as available after ${earliestS} s at the earliest (minReadySeconds and initialDelaySeconds), and scale.readyTimeout is ${timeoutS} s`;
  return [{ problem, remedy: `write a longer scale.readyTimeout in the plan, for example ${2 * earliestS}s` }];
}

function placeWarnings({ workload }: Plan, { primary, canary }: DeploymentPair): string[] {
  const template = canaryTemplate(primary.spec.template, canary ?? primary, workload.canaryLabels);
  const { hostNetwork, affinity, topologySpreadConstraints = [] } = template.spec as PlacedSpec;
  const all = (allContainers(template) as PlacedContainer[]).flatMap(({ ports = [] }) => ports);
  const ports = all.flatMap(({ containerPort, hostPort }) => hostPort ?? (hostNetwork ? containerPort : []));
  const own = primary.spec.template.metadata?.labels ?? {};
  const terms = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const apart = `each canary pod needs a node without a pod of ${workload.primary}`;
  const why = hostNetwork ? 'hostNetwork' : 'hostPort';
  return [
    ...(ports.length > 0 ? [`its pods take port ${ports.join(', ')} of their node (${why}): ${apart}`] : []),
    ...terms
      .filter(({ labelSelector }) => labelSelector && selects(labelSelector, own))
      .map(({ topologyKey }) => `its anti-affinity selects pods of primary and canary: ${apart}, by ${topologyKey}`),
    ...topologySpreadConstraints
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
      .map(
        ({ topologyKey }) => `its spread over ${topologyKey} says DoNotSchedule: where it cannot be kept, pods wait`,
      ),
  ].map((sentence) => `${workload.primary}: ${sentence}`);
}

function isOfOneNode({ spec }: Neighbours['claims'][number]): boolean {
  return spec?.accessModes?.every((mode) => mode === 'ReadWriteOnce') ?? false;
}

function upgradeWarnings({ workload }: Plan, primary: Deployment): string[] {
  const { strategy } = primary.spec;
  const { maxUnavailable = '25%' } = (strategy?.rollingUpdate ?? {}) as { maxUnavailable?: number | string };
  const part =
    Number.parseFloat(String(maxUnavailable)) / (typeof maxUnavailable === 'number' ? replicasOf(primary) : 100);
  const ends = 'an upgrade may end all its pods before the new ones are ready, with users on the canary only';
  return [
    ...(strategy?.type === 'Recreate' ? [`has strategy Recreate: ${ends}`] : []),
    ...(strategy?.type !== 'Recreate' && part >= 1 ? [`has maxUnavailable ${maxUnavailable}: ${ends}`] : []),
  ].map((sentence) => `${workload.primary} ${sentence}`);
}

/** A drain of a node takes what no budget keeps, and is refused for a pod that two of them keep. */
function budgetWarnings({ workload }: Plan, pair: DeploymentPair, budgets: Neighbours['budgets']): string[] {
  const over = (labels: Record<string, string>) =>
    budgets.filter(({ spec }) => spec?.selector && selects(spec.selector, labels)).map(({ metadata }) => metadata.name);
  const own = over(pair.primary.spec.template.metadata?.labels ?? {});
  const others = over(canaryPodLabels(pair, workload.canaryLabels));
  const names = `PodDisruptionBudget ${(others.length > 1 ? others : own).join(' and ')}`;
  if (others.length > 1) return [`${names} both keep pods of ${workload.canary}: no node with one can be drained`];
  if (own.length === 0 || others.length > 0) return [];
  return [
    `${names} keeps pods of ${workload.primary} and none of ${workload.canary}: a drained node may take them all`,
  ];
}
