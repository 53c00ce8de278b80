import type { RouteRef } from '../contract/plan.ts';
import type { KubeObject, Ref } from '../kubernetes/client/client.ts';
import type { Autoscaler } from '../kubernetes/objects/autoscalers.ts';
import type { Deployment } from '../kubernetes/objects/deployments.ts';
import type { Service } from '../kubernetes/objects/services.ts';

/** A Deployment under its users, and what stands around it, as the cluster has it. */
export interface AdoptionFound {
  deployment: Deployment;
  /** Those below: all of its namespace. */
  services: Service[];
  autoscalers: Autoscaler[];
  /** Of Istio; empty where it is not. */
  subsetRules: SubsetRule[];
  /** Those that were named. */
  routes: FoundRoute[];
  /** What has the names that this would give. */
  canary?: Deployment | undefined;
  plan?: KubeObject | undefined;
}

export interface FoundObject {
  ref: Ref;
  object: KubeObject;
}

export interface FoundRoute extends FoundObject {
  route: RouteRef;
}

export type ControllerKind = 'canary' | 'rollout';

/** A Canary of Flagger or a Rollout of Argo under its users. */
export interface ControlledFound {
  kind: ControllerKind;
  ref: Ref;
  controller: KubeObject;
  /** Of its namespace, with apiVersion and kind: workloads, routes, autoscalers, metrics, and Flagger's copies of what its pods read. */
  around: FoundObject[];
  plan?: KubeObject | undefined;
}

/** A DestinationRule as far as it is read. */
export interface SubsetRule extends KubeObject {
  spec?: { host?: string; subsets?: { name: string; labels?: Record<string, string> }[] };
}

export type WorkloadSource = 'event' | 'canary';

export interface AdoptionAsked {
  mode: 'switch' | 'pods';
  source: WorkloadSource;
  /** Where metrics are; absent: signals of the pods decide. */
  metrics?: { prometheus?: string; source?: string; series?: Record<string, unknown> };
}
