/** Deployments: their shape on the wire, what makes a pod theirs, and how a canary is made from a primary. */

import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient, KubeObject } from '../client/client.ts';
import { claimOf, OWNER } from './annotations.ts';
import { type LabelSelector, type PodTemplate, withIdentity } from './pod-template.ts';
import { deploymentRef } from './refs.ts';

export interface Deployment extends KubeObject {
  spec: {
    /** The API server's default is 1. */
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    paused?: boolean;
    strategy?: { type?: string; [field: string]: unknown };
    [field: string]: unknown;
  };
  status?: DeploymentStatus;
}

export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** Field managers that are no news: this product (named by its user agent) and the Deployment controller. */
const OWN_WRITERS = ['sluice', 'kube-controller-manager'];

/** The two Deployments of a plan. */
export interface DeploymentPair {
  primary: Deployment;
  /** Absent: it is made at the first scale-up. */
  canary?: Deployment | undefined;
}

export function getDeployment(client: KubeClient, namespace: string, name: string): Promise<Deployment | undefined> {
  return client.get<Deployment>(deploymentRef(namespace, name));
}

export function replicasOf(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}

export function templateLabels({ metadata }: PodTemplate): Record<string, string> {
  return metadata?.labels ?? {};
}

/** A label selector as the query parameter `labelSelector`. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const exact = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...exact, ...others].join(',');
}

/** Keys of the labels that tell the two Deployments' pods apart: both selectors' and the plan's. */
export function identityKeys({ primary, canary }: DeploymentPair, canaryLabels: Record<string, string>): string[] {
  const keys = [primary, canary].flatMap((deployment) => {
    const { matchLabels = {}, matchExpressions = [] } = deployment?.spec.selector ?? {};
    return [...Object.keys(matchLabels), ...matchExpressions.map((expression) => expression.key)];
  });
  return [...new Set([...keys, ...Object.keys(canaryLabels)])].sort();
}

/**
 * Labels that every canary pod has besides those of the primary's template: what the selector names, with the values of the
 * pods that it selects, and the plan's.
 * @param base the canary, or the primary that it is going to be made from
 */
function canaryIdentity({ spec }: Deployment, canaryLabels: Record<string, string>): Record<string, string> {
  const { matchLabels, matchExpressions = [] } = spec.selector;
  const own = templateLabels(spec.template);
  const named = matchExpressions.flatMap(({ key }): [string, string][] =>
    own[key] === undefined ? [] : [[key, own[key]]],
  );
  return { ...Object.fromEntries(named), ...matchLabels, ...canaryLabels };
}

/** Exactly the labels of the canary's pods: an expression over one of these could select the primary's too, or nothing. */
function newSelector({ spec }: Deployment, identity: Record<string, string>): LabelSelector {
  const absent = (spec.selector.matchExpressions ?? []).filter(({ key }) => identity[key] === undefined);
  return { matchLabels: identity, ...(absent.length > 0 && { matchExpressions: absent }) };
}

/** Labels of the canary's pods once it runs this template of the primary. */
export function canaryPodLabels(
  { primary, canary }: DeploymentPair,
  canaryLabels: Record<string, string>,
): Record<string, string> {
  return { ...templateLabels(primary.spec.template), ...canaryIdentity(canary ?? primary, canaryLabels) };
}

/** The primary's template as pods of the canary. */
export function canaryTemplate(
  template: PodTemplate,
  base: Deployment,
  canaryLabels: Record<string, string>,
): PodTemplate {
  return withIdentity(template, canaryIdentity(base, canaryLabels));
}

/** The canary's own template as pods of the primary. @param keys of the labels that tell the two apart */
export function primaryTemplate(canary: Deployment, primary: Deployment, keys: readonly string[]): PodTemplate {
  const own = Object.entries(templateLabels(primary.spec.template)).filter(([key]) => keys.includes(key));
  const identity = Object.fromEntries(own);
  const renamed = withIdentity(canary.spec.template, identity);
  const labels = Object.entries(templateLabels(renamed)).filter(([key]) => !keys.includes(key) || key in identity);
  return { ...renamed, metadata: { ...renamed.metadata, labels: Object.fromEntries(labels) } };
}

/** A canary Deployment made from the primary: its own selector and labels, no replicas, nothing of the primary's history. */
export function newCanary(
  primary: Deployment,
  template: PodTemplate,
  { name, namespace, workload }: TargetPlan,
  annotations: Record<string, string>,
): Deployment {
  const identity = canaryIdentity(primary, workload.canaryLabels);
  // GitOps tools delete what carries this label and is not in their source.
  const { 'app.kubernetes.io/instance': _, ...labels } = identity;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: workload.canary,
      namespace,
      labels,
      annotations: { ...annotations, [OWNER]: claimOf({ namespace, name }) },
    },
    spec: {
      ...primary.spec,
      replicas: 0,
      selector: newSelector(primary, identity),
      template: canaryTemplate(template, primary, workload.canaryLabels),
    },
  };
}

/** Who wrote an object last, us and the controllers apart: "kubectl-edit at 2026-01-02T03:04:05Z". */
export function lastWriter({ metadata }: KubeObject): string | undefined {
  const others = (metadata.managedFields ?? []).filter(({ manager = '' }) => !OWN_WRITERS.includes(manager));
  const newest = others.sort((a, b) => (b.time ?? '').localeCompare(a.time ?? ''))[0];
  return newest && `${newest.manager ?? 'somebody'}${newest.time ? ` at ${newest.time}` : ''}`;
}
