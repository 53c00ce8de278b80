/** `source: canary` at step 1: people and Git own the canary's template, and what it has is what is rolled out. */

import type { RouteIntent } from '../../contract/intent.ts';
import type { Offer, Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import { annotation, claimOf, OWNER } from '../../kubernetes/objects/annotations.ts';
import type { ConfigNow } from '../../kubernetes/objects/config.ts';
import { type Deployment, replicasOf, templateLabels } from '../../kubernetes/objects/deployments.ts';
import { markOf, offeredOf, sameConfigMark } from '../../kubernetes/objects/mark.ts';
import { deploymentRef, describeRef } from '../../kubernetes/objects/refs.ts';

/** What forbids an offer before anything is read of routes and configuration. */
export function sourceProblems({ plan, event }: Offer, canary: Deployment | undefined): Problem[] {
  const { namespace, name, workload } = plan;
  const where = describeRef(deploymentRef(namespace, workload.canary));
  if (workload.source !== 'canary') {
    if (event.mark === undefined) return [];
    const problem = 'its versions are images that events bring, not what its canary Deployment has';
    return [{ where: `plan ${namespace}/${name}`, problem, remedy: 'write spec.workload.source: canary' }];
  }
  if (!canary) return [{ where, problem: 'it does not exist', remedy: 'create it: with source: canary it is yours' }];
  const has = templateLabels(canary.spec.template);
  const lacks = Object.entries(workload.canaryLabels).filter(([key, value]) => has[key] !== value);
  if (lacks.length === 0) return [];
  const labels = lacks.map(([key, value]) => `${key}=${value}`).join(', ');
  return [{ where, problem: `its pods lack ${labels}`, remedy: 'write spec.workload.canaryLabels into its template' }];
}

export interface CanarySource {
  canary: Deployment;
  mark: string;
  /** It was never offered, runs, and has no users: it goes to zero before its first rollout. */
  stops: boolean;
}

/** @returns undefined with `source: event` */
export function canarySource(
  plan: Plan,
  canary: Deployment | undefined,
  config: ConfigNow,
  intent: RouteIntent | undefined,
): CanarySource | undefined {
  if (plan.workload.source !== 'canary' || !canary) return undefined;
  const isFree = [undefined, claimOf(plan)].includes(annotation(canary, OWNER)) && offeredOf(canary).mark === '';
  const isAway = intent !== undefined && intent.canary === 0 && intent.mirror === 0;
  const stops = isFree && isAway && replicasOf(canary) > 0;
  return { canary, mark: markOf(canary.spec.template, config), stops };
}

/** Where nothing is noted of what the primary's pods read: its configuration is not what has changed. */
export function templateDecides(canary: Deployment, config: ConfigNow): boolean {
  const { mark } = offeredOf(canary);
  return mark === '' || sameConfigMark(mark, config);
}
