/** The Service that routes send the canary's users to, made from the primary's where there is none. For every router. */
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeObject } from '../client/client.ts';
import { annotation, claimOf, OWNER } from './annotations.ts';

interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
  appProtocol?: string;
}

export interface Service extends KubeObject {
  spec?: {
    selector?: Record<string, string>;
    ports?: ServicePort[];
    clusterIP?: string;
    type?: string;
    externalName?: string;
    publishNotReadyAddresses?: boolean;
    sessionAffinity?: string;
    internalTrafficPolicy?: string;
    externalTrafficPolicy?: string;
    trafficDistribution?: string;
  };
}

/** A Service or DestinationRule that this plan made: only those carry its claim. */
export function isMadeBy(object: KubeObject, plan: TargetPlan): boolean {
  return annotation(object, OWNER) === claimOf(plan);
}

/** What a Service for the canary selects: what the primary's does, with the canary's labels in place of its own. */
export function canarySelector(primary: Service, { workload }: TargetPlan): Record<string, string> {
  return { ...primary.spec?.selector, ...workload.canaryLabels };
}

/**
 * The primary's Service for the canary: its ports, and headless when it is.
 * @param name of the new Service, in the namespace of the plan: a Service selects pods of its own namespace only
 */
export function newCanaryService(primary: Service, plan: TargetPlan, name: string): Service {
  // without node ports, which belong to one Service
  const ports = (primary.spec?.ports ?? []).map(({ name, port, protocol, targetPort, appProtocol }) => {
    return { name, port, protocol, targetPort, appProtocol };
  });
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: plan.namespace },
    spec: {
      selector: canarySelector(primary, plan),
      ports,
      ...(primary.spec?.clusterIP === 'None' ? { clusterIP: 'None' } : {}),
    },
  };
}

/** Why no Service can be made for the canary; undefined: it can. */
export function serviceObstacle(
  { name, namespace }: { name: string; namespace: string },
  primary: Service | undefined,
  plan: TargetPlan,
): string | undefined {
  if (namespace !== plan.namespace) {
    return `Service ${namespace}/${name} cannot be made for pods in ${plan.namespace}: it selects pods of its own namespace only`;
  }
  if (Object.keys(primary?.spec?.selector ?? {}).length > 0) return undefined;
  return `Service ${namespace}/${name} cannot be made: the primary's Service, its model, is missing or has no selector`;
}
