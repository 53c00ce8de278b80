/** Preflight on shares that pods make: which weights can be had beside the primary as it is. Pure. */
import type { Plan } from '../../contract/plan.ts';
import type { Examined } from '../../contract/preflight.ts';
import { describeShares, leastPrimary, reachedShares, shareOf, unreachable } from '../../contract/shares.ts';
import { plural } from '../../contract/words.ts';
import { autoscalersOf } from '../../kubernetes/objects/autoscalers.ts';
import { replicasOf } from '../../kubernetes/objects/deployments.ts';
import type { PlanWorkloads } from '../../kubernetes/objects/preflight.ts';
import { autoscalerRef, deploymentRef, describeRef } from '../../kubernetes/objects/refs.ts';

/** A share may be so far from its weight without a word, percent. */
const UNSAID = 1;
/** Shares that are named where a weight cannot be had. */
const NAMED = 4;

export function shareFindings(plan: Plan, { pair, autoscalers }: PlanWorkloads): Examined {
  if (plan.traffic.mode !== 'pods') return { problems: [], warnings: [], facts: [] };
  const { primary, canary } = plan.workload;
  const pods = replicasOf(pair.primary);
  const reached = reachedShares(plan, pods);
  const off = reached.filter(({ weight, share }) => Math.abs(share - weight) > UNSAID);
  const scaled = autoscalersOf(autoscalers, canary).map((one) => ({
    where: describeRef(autoscalerRef(plan.namespace, one.metadata.name)),
    problem: `scales ${canary}, whose pods are its share of the users`,
    remedy: 'remove it while traffic.mode is pods',
  }));
  const moving = autoscalersOf(autoscalers, primary).map(({ metadata }) => {
    return `HorizontalPodAutoscaler ${metadata.name} changes the number of ${primary}'s pods, and with it the canary's share`;
  });
  const words = off.map(
    ({ weight, share, pods: count }) => `${weight} % is ${Math.round(share)} % (${plural(count, 'pod')})`,
  );
  return {
    problems: [...scaled, ...weightProblems(plan, pods)],
    warnings: [
      ...moving,
      ...(words.length > 0
        ? [`beside ${plural(pods, 'primary pod')} shares are near their weights: ${words.join(', ')}`]
        : []),
    ],
    facts: [`beside ${plural(pods, 'primary pod')} the canary has ${describeShares(reached)}`],
  };
}

function weightProblems(plan: Plan, primaryPods: number): Examined['problems'] {
  const far = unreachable(reachedShares(plan, primaryPods));
  if (far.length === 0) return [];
  const least = plan.scale.canary.replicas;
  const possible = Array.from({ length: NAMED }, (_, index) => {
    const count = least + index;
    return { weight: 0, pods: count, share: shareOf(count, primaryPods) };
  });
  const enough = leastPrimary(plan);
  const grow = enough === undefined ? '' : `, or give the primary at least ${plural(enough, 'pod')}`;
  return [
    {
      where: describeRef(deploymentRef(plan.namespace, plan.workload.primary)),
      problem: `has ${plural(primaryPods, 'pod')}, beside which the weights ${far.map(({ weight }) => weight).join(', ')} cannot be had: a canary has ${describeShares(possible)} and so on`,
      remedy: `write weights near these${grow}`,
    },
  ];
}
