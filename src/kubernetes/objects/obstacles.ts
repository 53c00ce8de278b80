/** What about a workload is known to keep its canary's pods, or its upgrade, from getting ready. Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import { allContainers, type LabelSelector, type PodTemplate, selects } from './canonical.ts';
import { canaryPodLabels, canaryTemplate, type Deployment, type DeploymentPair, replicasOf } from './deployments.ts';
import { deploymentRef, describeRef } from './refs.ts';

/** Refused only where it cannot work; the rest may, and is said. */
export interface Obstacles {
  problems: Problem[];
  warnings: string[];
}

interface PlacedContainer {
  name: string;
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

export function workloadObstacles(plan: Plan, pair: DeploymentPair): Obstacles {
  const { spec } = pair.primary;
  const template = canaryTemplate(spec.template, pair.canary ?? pair.primary, plan.workload.canaryLabels);
  return {
    problems: neverReady(plan, pair.primary),
    warnings: [
      ...placeWarnings(plan, pair, template),
      ...upgradeWarnings(plan, pair.primary),
      ...patienceWarnings(plan, pair.primary),
    ],
  };
}

function placedContainers(template: PodTemplate): PlacedContainer[] {
  return allContainers(template) as unknown as PlacedContainer[];
}

/** Pods count once they are available. */
function earliestMs({ spec }: Deployment): number {
  const delays = placedContainers(spec.template).map(({ readinessProbe }) => readinessProbe?.initialDelaySeconds ?? 0);
  return 1000 * (Number(spec.minReadySeconds ?? 0) + Math.max(0, ...delays));
}

function neverReady({ namespace, scale, workload }: Plan, primary: Deployment): Problem[] {
  const earliest = earliestMs(primary);
  if (earliest < scale.readyTimeoutMs) return [];
  const where = describeRef(deploymentRef(namespace, workload.primary));
  return [
    {
      where,
      problem: `its pods count as available after ${earliest / 1000} s at the earliest (minReadySeconds and initialDelaySeconds), and scale.readyTimeout is ${scale.readyTimeoutMs / 1000} s`,
      remedy: `write a longer scale.readyTimeout in the plan, for example ${2 * (earliest / 1000)}s`,
    },
  ];
}

function patienceWarnings({ scale, workload }: Plan, primary: Deployment): string[] {
  const [timeoutS, deadlineS] = [scale.readyTimeoutMs / 1000, Number(primary.spec.progressDeadlineSeconds ?? 0)];
  if (deadlineS <= timeoutS) return [];
  return [
    `${workload.primary} may take ${deadlineS} s by its progressDeadlineSeconds, and scale.readyTimeout ends after ${timeoutS} s`,
  ];
}

function placeWarnings({ workload }: Plan, { primary, canary }: DeploymentPair, template: PodTemplate): string[] {
  const spec = template.spec as PlacedSpec;
  const ports = placedContainers(template).flatMap(({ ports = [] }) =>
    ports.flatMap(({ containerPort, hostPort }) => hostPort ?? (spec.hostNetwork ? containerPort : [])),
  );
  const warnings: string[] = [];
  const apart = `each canary pod needs a node without a pod of ${workload.primary}`;
  if (ports.length > 0) {
    const why = spec.hostNetwork ? 'hostNetwork' : 'hostPort';
    warnings.push(`pods of ${workload.primary} take port ${ports.join(', ')} of their node (${why}): ${apart}`);
  }
  const own = primary.spec.template.metadata?.labels ?? {};
  const terms = spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const { topologyKey, labelSelector } of terms) {
    if (!labelSelector || !selects(labelSelector, own)) continue;
    const place = topologyKey === 'kubernetes.io/hostname' ? apart : `${apart}, by ${topologyKey}`;
    warnings.push(`the anti-affinity of ${(canary ?? primary).metadata.name} selects pods of both: ${place}`);
  }
  for (const { topologyKey, whenUnsatisfiable } of spec.topologySpreadConstraints ?? []) {
    if (whenUnsatisfiable !== 'DoNotSchedule') continue;
    warnings.push(
      `topology spread over ${topologyKey} with DoNotSchedule: canary pods have no node where the spread cannot be kept`,
    );
  }
  return warnings;
}

function upgradeWarnings({ workload }: Plan, primary: Deployment): string[] {
  const ends = 'an upgrade may end all its pods before the new ones are ready, with users on the canary only';
  if (primary.spec.strategy?.type === 'Recreate') return [`${workload.primary} has strategy Recreate: ${ends}`];
  const { asked, pods } = mayBeUnavailable(primary);
  if (pods < replicasOf(primary)) return [];
  return [`${workload.primary} has maxUnavailable ${asked} of ${replicasOf(primary)} replicas: ${ends}`];
}

/** In pods: percents are rounded down, and 25 % is the API server's default. */
function mayBeUnavailable(primary: Deployment): { asked: string; pods: number } {
  const { maxUnavailable: asked = '25%' } = (primary.spec.strategy?.rollingUpdate ?? {}) as {
    maxUnavailable?: number | string;
  };
  const part = typeof asked === 'number' ? asked : (Number.parseFloat(asked) * replicasOf(primary)) / 100;
  return { asked: String(asked), pods: Math.floor(part) };
}

/** Pods that the canary has when it carries all users. */
export function canaryAtMost({ scale }: Plan, primary: Deployment): number {
  return Math.max(scale.canary.replicas, scale.canary.matchWeight ? replicasOf(primary) : 0);
}

export interface Budget {
  metadata: { name: string };
  spec?: { selector?: LabelSelector };
}

/** A drain of a node takes what no budget keeps, and is refused for a pod that two of them keep. */
export function budgetWarnings(plan: Plan, pair: DeploymentPair, budgets: Budget[]): string[] {
  const { primary, canary, canaryLabels } = plan.workload;
  const over = (labels: Record<string, string>) =>
    budgets.filter(({ spec }) => spec?.selector && selects(spec.selector, labels)).map(({ metadata }) => metadata.name);
  const own = over(pair.primary.spec.template.metadata?.labels ?? {});
  const others = over(canaryPodLabels(pair, canaryLabels));
  if (others.length > 1) {
    return [
      `PodDisruptionBudgets ${others.join(' and ')} both select pods of ${canary}: no node with one can be drained`,
    ];
  }
  if (own.length === 0 || others.length > 0) return [];
  return [
    `PodDisruptionBudget ${own.join(', ')} keeps pods of ${primary} and none of ${canary}: while users are there a drained node may take them all`,
  ];
}
