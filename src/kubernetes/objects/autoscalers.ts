/** HorizontalPodAutoscalers (autoscaling/v2) of Deployments. */
import type { NamedBounds } from '../../contract/detected.ts';
import type { AutoscalerBounds } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, PatchOperation, Ref } from '../client/client.ts';
import { fencedPatch, type WriteAs } from '../writes/fenced-patch.ts';
import { Refusal } from '../writes/refusals.ts';
import { annotate, annotation, forget, WROTE } from './annotations.ts';
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

/** The one that scales this Deployment now, whatever the plan says of it. */
export async function findAutoscaler(client: KubeClient, namespace: string, deployment: string) {
  return autoscalersOf(await listAutoscalers(client, namespace), deployment)[0];
}

/** Those that scale one of these Deployments; more than one for each is a mistake that the preflight tells. */
export function autoscalersOf(all: Autoscaler[], ...deployments: string[]): Autoscaler[] {
  return all.filter(
    ({ spec: { scaleTargetRef: target } }) => target.kind === 'Deployment' && deployments.includes(target.name),
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
 * Sets both bounds with a fenced write, and notes which of them we changed (order rule 9).
 * @param wanted computes them from those found, so that a caller can raise without lowering
 * @throws Refusal `Drift` when somebody changed what we wrote with this fence
 */
export async function writeBounds(
  client: KubeClient,
  ref: Ref,
  as: WriteAs,
  wanted: (found: NamedBounds) => AutoscalerBounds,
): Promise<NamedBounds> {
  const { kind, object } = await fencedPatch<Autoscaler>(client, ref, as, {
    change: (found) => [...boundsPatch(wanted(boundsOf(found))), ...notePatch(found, wanted(boundsOf(found)))],
    isDone: (found) => sameBounds(boundsOf(found), wanted(boundsOf(found))),
  });
  const bounds = boundsOf(object);
  if (kind !== 'changed') return bounds;
  throw new Refusal(
    'Drift',
    `somebody set ${describeRef(ref)} to ${bounds.min} to ${bounds.max} replicas after Sluice had written it`,
  );
}

/** Puts back each bound that still says what we wrote; what somebody else has set since stays. */
export async function putBoundsBack(client: KubeClient, ref: Ref, as: WriteAs, to: AutoscalerBounds) {
  const change = (object: Autoscaler): PatchOperation[] => {
    const [found, wrote] = [boundsOf(object), noted(object)];
    const min = found.min === wrote.min ? to.min : found.min;
    const max = found.max === wrote.max ? Math.max(to.max, min) : found.max;
    return [...boundsPatch({ min: Math.min(min, max), max }), ...forget(object, WROTE)];
  };
  const { object } = await fencedPatch<Autoscaler>(client, ref, as, { change, isDone: () => true });
  return boundsOf(object);
}

/** `5-12`; `5-` and `-12` when we have changed one of the two. */
function notePatch(object: Autoscaler, wanted: AutoscalerBounds): PatchOperation[] {
  const [found, before] = [boundsOf(object), noted(object)];
  const [min, max] = (['min', 'max'] as const).map((end) => (wanted[end] === found[end] ? before[end] : wanted[end]));
  return min === undefined && max === undefined ? [] : annotate({}, { [WROTE]: `${min ?? ''}-${max ?? ''}` });
}

function noted(object: Autoscaler): Partial<AutoscalerBounds> {
  const [min, max] = (annotation(object, WROTE) ?? '').split('-');
  return { ...(min && { min: Number(min) }), ...(max && { max: Number(max) }) };
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
