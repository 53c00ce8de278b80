/** What about the workloads forbids a rollout (order rule 10), all of it at once. Pure; the routes' part is in `src/routers`. */

import type { Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeObject } from '../client/client.ts';
import { annotation, claimOf, OWNER } from './annotations.ts';
import { type Autoscaler, autoscalersOf } from './autoscalers.ts';
import { canaryPodLabels, type Deployment, type DeploymentPair, replicasOf, templateLabels } from './deployments.ts';
import { isHeld } from './held.ts';
import { selects } from './pod-template.ts';
import { autoscalerRef, deploymentRef, describeRef } from './refs.ts';

export interface PlanWorkloads {
  pair: DeploymentPair;
  /** All HorizontalPodAutoscalers of the namespace. */
  autoscalers: Autoscaler[];
}

export function workloadProblems(
  plan: TargetPlan & Pick<Plan, 'acceptance' | 'analysis'>,
  { pair, autoscalers }: PlanWorkloads,
): Problem[] {
  return [
    ...primaryProblems(plan, pair.primary),
    ...(pair.canary ? canaryProblems(plan, pair.canary) : []),
    ...selectorProblems(plan, pair),
    ...jobProblems(plan, pair),
    ...[plan.workload.primary, plan.workload.canary].flatMap((name) => autoscalerProblems(plan, autoscalers, name)),
  ];
}

export function missingPrimary({ namespace, workload }: TargetPlan): Problem {
  return {
    where: describeRef(deploymentRef(namespace, workload.primary)),
    problem: 'it does not exist',
    remedy: 'create it, or correct spec.workload.primary in the plan',
  };
}

function primaryProblems(plan: TargetPlan, primary: Deployment): Problem[] {
  const where = describeRef(deploymentRef(plan.namespace, plan.workload.primary));
  const ready = primary.status?.readyReplicas ?? 0;
  const problems = commonProblems(plan, primary, where);
  if (replicasOf(primary) < 1) {
    problems.push({ where, problem: 'it has 0 replicas, so it serves nobody', remedy: 'scale it to at least 1 first' });
  } else if (ready < 1) {
    problems.push({
      where,
      problem: `none of its ${replicasOf(primary)} pods is ready, so there would be nothing to go back to`,
      remedy: 'bring the primary back to life first',
    });
  }
  return problems;
}

function canaryProblems(plan: TargetPlan, canary: Deployment): Problem[] {
  const where = describeRef(deploymentRef(plan.namespace, plan.workload.canary));
  const problems = commonProblems(plan, canary, where);
  if (replicasOf(canary) > 0 && !plan.workload.adoptRunning) {
    problems.push({
      where,
      problem: `it runs already with ${replicasOf(canary)} replicas`,
      remedy: 'scale it to 0, or set spec.workload.adoptRunning: true in the plan',
    });
  }
  return problems;
}

function commonProblems(plan: TargetPlan, deployment: Deployment, where: string): Problem[] {
  const problems = claimProblems(plan, deployment, where);
  if (deployment.metadata.deletionTimestamp) {
    problems.push({ where, problem: 'it is being deleted', remedy: 'wait until it is gone, or create it anew' });
  }
  if (deployment.spec.paused && !isHeld(deployment)) {
    problems.push({
      where,
      problem: 'it is paused, so a new template would not roll out',
      remedy: `kubectl rollout resume deployment/${deployment.metadata.name} -n ${plan.namespace}`,
    });
  }
  return problems;
}

function claimProblems(plan: TargetPlan, object: KubeObject, where: string): Problem[] {
  const claim = annotation(object, OWNER);
  if (claim === undefined || claim === claimOf(plan)) return [];
  const remedy = `take it out of one of the two plans; if ${claim} is no more, remove its annotation ${OWNER}`;
  return [{ where, problem: `it belongs to plan ${claim}`, remedy }];
}

function selectorProblems({ namespace, workload }: TargetPlan, pair: DeploymentPair): Problem[] {
  const problems: Problem[] = [];
  const primaryWhere = describeRef(deploymentRef(namespace, workload.primary));
  const canaryWhere = describeRef(deploymentRef(namespace, workload.canary));
  const canaryLabels = canaryPodLabels(pair, workload.canaryLabels);
  if (selects(pair.primary.spec.selector, canaryLabels)) {
    problems.push({
      where: primaryWhere,
      problem: `its selector matches the canary's pods (${text(canaryLabels)}), so two Deployments and two HPAs would fight over them`,
      remedy: `give the primary's selector and pods a label of spec.workload.canaryLabels with another value (${Object.keys(workload.canaryLabels).join(', ')}); a selector cannot be changed, so the primary must be made anew for that`,
    });
  }
  if (!pair.canary) return problems;
  if (!selects(pair.canary.spec.selector, canaryLabels)) {
    problems.push({
      where: canaryWhere,
      problem: `its selector does not match the pods it would get (${text(canaryLabels)})`,
      remedy: 'make spec.workload.canaryLabels the values of its selector, or delete it so that Sluice makes it anew',
    });
  }
  if (selects(pair.canary.spec.selector, templateLabels(pair.primary.spec.template))) {
    problems.push({
      where: canaryWhere,
      problem: "its selector matches the primary's pods, so two Deployments and two HPAs would fight over them",
      remedy: "add spec.workload.canaryLabels to the canary's selector (it must be made anew for that)",
    });
  }
  return problems;
}

/** A pod that a Deployment or a route took for its own would be given users, or be deleted. */
function jobProblems(
  { acceptance, analysis, workload }: Pick<Plan, 'acceptance' | 'analysis' | 'workload'>,
  pair: DeploymentPair,
): Problem[] {
  const canary = pair.canary?.spec.selector ?? { matchLabels: workload.canaryLabels };
  const checks = analysis.checks.flatMap((one) =>
    one.builtin === undefined && one.job ? [{ ...one, of: 'check' }] : [],
  );
  const tests = acceptance.map((one) => ({ ...one, of: 'acceptance test' }));
  return [...tests, ...checks].flatMap(({ of, name, job }) => {
    const labels = job?.template.metadata?.labels ?? {};
    if (![pair.primary.spec.selector, canary].some((selector) => selects(selector, labels))) return [];
    const problem = `its pods would pass for those of ${workload.primary} or ${workload.canary} (${text(labels)})`;
    return [{ where: `${of} ${name}`, problem, remedy: 'give its template other labels, or none' }];
  });
}

function autoscalerProblems(plan: TargetPlan, all: Autoscaler[], deployment: string): Problem[] {
  const own = autoscalersOf(all, deployment);
  const claims = own.flatMap((one) =>
    claimProblems(plan, one, describeRef(autoscalerRef(plan.namespace, one.metadata.name))),
  );
  if (own.length < 2) return claims;
  const names = own.map(({ metadata }) => metadata.name).join(', ');
  const where = describeRef(deploymentRef(plan.namespace, deployment));
  const remedy = 'keep one HorizontalPodAutoscaler per Deployment';
  return [...claims, { where, problem: `several autoscalers scale it: ${names}`, remedy }];
}

function text(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
