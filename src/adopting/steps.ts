/** What adoption makes and changes, in order, with the reason of each. Pure. */
import type { Plan } from '../contract/plan.ts';
import type { KubeObject, Ref } from '../kubernetes/client/client.ts';
import { annotation, claimOf, OWNER } from '../kubernetes/objects/annotations.ts';
import { canaryPodLabels, type Deployment, newCanary, templateLabels } from '../kubernetes/objects/deployments.ts';
import type { PlanWorkloads } from '../kubernetes/objects/preflight.ts';
import { deploymentRef, describeRef, serviceRef } from '../kubernetes/objects/refs.ts';
import type { Service } from '../kubernetes/objects/services.ts';
import type { Labels } from '../routers/contract.ts';
import { CannotAdopt } from './cannot-adopt.ts';
import type { AdoptionAsked, AdoptionFound, FoundRoute } from './found.ts';
import { ADOPTED, adoptedKeys, planRef, SERVICE_LABEL } from './names.ts';
import { type Telling, tellsWhich } from './telling-label.ts';
import { selectsAll, servicesOf, type UsersWay } from './users-way.ts';

export interface AdoptStep {
  ref: Ref;
  /** The object, made or changed. */
  object: KubeObject;
  why: string;
  /** It is so already. */
  done: boolean;
  /** Keys that are set, and where; without this and `frees` the object is made. */
  adds?: {
    path: `/spec${'' | '/selector' | '/template/metadata/labels'}`;
    labels: Record<string, unknown>;
    before: KubeObject;
  };
  /** The owner that it has no more. */
  frees?: { index: number; before: KubeObject };
  /** A Deployment: the next step waits until its pods are of this template and available. */
  awaited?: boolean;
  /** Which pods it replaces; absent: none. */
  restarts?: string;
}

export interface Adoption {
  plan: Plan;
  document: KubeObject;
  steps: AdoptStep[];
  warnings: string[];
  /** A command that its owner runs when it is made. */
  next?: string;
}

/** Before it is held against a rollout's preflight. */
export interface AdoptionDraft extends Adoption, PlanWorkloads {
  routes: FoundRoute[];
}

interface Chosen {
  way: UsersWay;
  telling: Telling;
  mode: AdoptionAsked['mode'];
}

/** @throws CannotAdopt when something of another is where this would go */
export function adoptionSteps(found: AdoptionFound, plan: Plan, document: KubeObject, chosen: Chosen): AdoptStep[] {
  const common = commonLabel(chosen);
  const label = Object.keys(common).length > 0 ? labelStep(found.deployment, plan, common) : undefined;
  const primary = (label?.object ?? found.deployment) as Deployment;
  return [
    ...(label ? [label] : []),
    ...selectorSteps(found, plan, { ...chosen, common }),
    canaryStep(found, plan, primary),
    planStep(found, plan, document),
  ];
}

/** Where both sides share a Service, it selects by a label that both have, and that pods of no other workload have. */
function commonLabel({ way: { form, service }, telling, mode }: Chosen): Labels {
  const rest = Object.keys(service.spec?.selector ?? {}).filter((key) => key !== telling.key);
  const enough = rest.includes(SERVICE_LABEL) || (tellsWhich(telling) && rest.length > 0);
  return form === 'selector' && mode === 'pods' && !enough ? { [SERVICE_LABEL]: service.metadata.name } : {};
}

function labelStep(deployment: Deployment, plan: Plan, labels: Labels): AdoptStep {
  const ref = deploymentRef(plan.namespace, plan.workload.primary);
  const [label] = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  if (deployment.spec.strategy?.type === 'Recreate')
    throw new CannotAdopt(
      describeRef(ref),
      `its pods need the label ${label}, and with strategy Recreate nobody would be served while they are replaced`,
      'let it use RollingUpdate, or adopt it without --mode pods',
    );
  const { template } = deployment.spec;
  const done = selectsAll(labels, templateLabels(template)) && rolledOut(deployment);
  const metadata = { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } };
  const object = { ...deployment, spec: { ...deployment.spec, template: { ...template, metadata } } };
  return {
    ...{ ref, object, done },
    adds: { path: '/spec/template/metadata/labels', labels, before: deployment },
    why: 'with mode: pods the Service selects both sides, by a label that pods of no other workload have',
    ...(!done && { awaited: true, restarts: `all pods of ${describeRef(ref)}: they lack ${label}` }),
  };
}

/** The controller has seen the last change, and every pod is of the newest template and available. */
export function rolledOut({ metadata, spec, status = {} }: Deployment): boolean {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const wanted = spec.replicas ?? 1;
  return (
    observedGeneration >= (metadata.generation ?? 0) &&
    [replicas, updatedReplicas, availableReplicas].every((count) => count === wanted)
  );
}

/** At rest a Service that names one more label of the same pods selects the same pods, and none of the canary's. */
function selectorSteps(found: AdoptionFound, plan: Plan, chosen: Chosen & { common: Labels }): AdoptStep[] {
  const { way, telling, common } = chosen;
  const canary = canaryPodLabels({ primary: found.deployment }, plan.workload.canaryLabels);
  return servicesOf(found).flatMap((service) => {
    const isWay = service.metadata.name === way.service.metadata.name;
    // Istio tells the two apart behind it
    const isShared = isWay && plan.traffic.canary.subset !== undefined;
    const selects = selectsAll(service.spec?.selector, canary);
    const wrote = adoptedKeys(service, claimOf(plan)) !== undefined;
    const narrows = !isShared && (selects || (wrote && service.spec?.selector?.[telling.key] === telling.primary));
    const labels = { ...(narrows && { [telling.key]: telling.primary }), ...(isWay && common) };
    return Object.keys(labels).length > 0 ? [selectorStep(service, plan, labels)] : [];
  });
}

export function selectorStep(service: Service, plan: Plan, labels: Labels): AdoptStep {
  const selector = { ...service.spec?.selector, ...labels };
  const ref = serviceRef(plan.namespace, service.metadata.name);
  return {
    ref,
    object: { ...service, spec: { ...service.spec, selector } },
    adds: { path: '/spec/selector', labels, before: service },
    why: `so that ${describeRef(ref)} leads nobody to pods of the canary at rest; it selects the same pods as before`,
    done: selectsAll(labels, service.spec?.selector ?? {}),
  };
}

export function canaryStep({ canary }: Pick<AdoptionFound, 'canary'>, plan: Plan, primary: Deployment): AdoptStep {
  const ref = deploymentRef(plan.namespace, plan.workload.canary);
  const claim = claimOf(plan);
  const ours = adoptedKeys(canary, claim) !== undefined || annotation(canary, OWNER) === claim;
  if (canary && !ours) throw taken(ref, 'rename it, or remove it if nobody needs it');
  return {
    ref,
    object: newCanary(primary, primary.spec.template, plan, { [ADOPTED]: claim }),
    why: 'without pods and users until a rollout; its selector takes none of the pods that run',
    done: canary !== undefined,
  };
}

export function planStep({ plan: there }: Pick<AdoptionFound, 'plan'>, plan: Plan, document: KubeObject): AdoptStep {
  const ref = planRef(plan.namespace, plan.name);
  if (there && adoptedKeys(there, claimOf(plan)) === undefined)
    throw taken(ref, 'it has a plan already: see sluice doctor, or give that one another name');
  const metadata = { ...document.metadata, annotations: { [ADOPTED]: claimOf(plan) } };
  return { ref, object: { ...document, metadata }, why: 'how a new version comes to its users', done: Boolean(there) };
}

export function taken(ref: Ref, remedy: string): CannotAdopt {
  return new CannotAdopt(describeRef(ref), 'it is there already, and sluice adopt has not made it', remedy);
}
