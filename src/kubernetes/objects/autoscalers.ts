/** HorizontalPodAutoscalers (autoscaling/v2) of Deployments. */
import type { NamedBounds } from '../../contract/activities.ts';
import type { AutoscalerBounds } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, PatchOperation, Ref } from '../client/client.ts';
import { type FencedResult, fencedPatch, type WriteAs } from '../writes/fenced-patch.ts';
import { Refusal } from '../writes/refusals.ts';
import type { Deployment } from './deployments.ts';
import { autoscalerRef, describeRef } from './refs.ts';

export interface Autoscaler extends KubeObject {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string };
    /** The API server's default is 1. */
    minReplicas?: number;
    maxReplicas: number;
    [field: string]: unknown;
  };
}

export function listAutoscalers(client: KubeClient, namespace: string): Promise<Autoscaler[]> {
  return client.list<Autoscaler>(autoscalerRef(namespace));
}

/** Those that scale this Deployment; more than one is a mistake that the preflight tells. */
export function autoscalersOf(all: Autoscaler[], deployment: string): Autoscaler[] {
  return all.filter(
    ({ spec: { scaleTargetRef: target } }) => target.kind === 'Deployment' && target.name === deployment,
  );
}

export function boundsOf({ metadata, spec }: Autoscaler): NamedBounds {
  return { name: metadata.name, min: spec.minReplicas ?? 1, max: spec.maxReplicas };
}

/** A copy of the primary's autoscaler for the canary: the same metrics and behaviour, owned by the canary Deployment. */
export function newCanaryAutoscaler(
  primary: Autoscaler,
  canary: Deployment,
  bounds: AutoscalerBounds,
  annotations: Record<string, string>,
): Autoscaler {
  const { name, namespace, uid = '' } = canary.metadata;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name,
      namespace,
      annotations,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid }],
    },
    spec: {
      ...primary.spec,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: bounds.min,
      maxReplicas: bounds.max,
    },
  };
}

/**
 * Sets both bounds with a fenced write.
 * @param wanted computes them from those found, so that a caller can raise without lowering
 * @throws Refusal `Drift` when somebody changed what we wrote with this fence
 */
export async function writeBounds(
  client: KubeClient,
  ref: Ref,
  as: WriteAs,
  wanted: (found: NamedBounds) => AutoscalerBounds,
): Promise<NamedBounds> {
  const result: FencedResult<Autoscaler> = await fencedPatch<Autoscaler>(client, ref, as, {
    change: (found) => boundsPatch(wanted(boundsOf(found))),
    isDone: (found) => sameBounds(boundsOf(found), wanted(boundsOf(found))),
  });
  if (result.kind === 'changed') {
    const { min, max } = boundsOf(result.object);
    throw new Refusal(
      'Drift',
      `somebody set ${describeRef(ref)} to ${min} to ${max} replicas after Sluice had written it`,
    );
  }
  return boundsOf(result.object);
}

function boundsPatch({ min, max }: AutoscalerBounds): PatchOperation[] {
  return [
    { op: 'add', path: '/spec/minReplicas', value: min },
    { op: 'add', path: '/spec/maxReplicas', value: max },
  ];
}

function sameBounds(a: AutoscalerBounds, b: AutoscalerBounds): boolean {
  return a.min === b.min && a.max === b.max;
}
