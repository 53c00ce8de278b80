/** Whether a Service's selector is in force: by the pods that its EndpointSlices give to whoever calls it. */
import { plural } from '../../contract/words.ts';
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { unless } from '../../kubernetes/client/errors.ts';
import { selectorText } from '../../kubernetes/objects/deployments.ts';
import { isReady, type Pod } from '../../kubernetes/objects/pods.ts';
import { podRef, sliceRef } from '../../kubernetes/objects/refs.ts';
import type { ManagedRoute, Taken } from '../contract.ts';
import { selects } from '../shared/services.ts';
import { commonSelector, readSelector, selectorOf } from './selector.ts';

/** Of discovery.k8s.io/v1. An absent `ready` means yes. */
export interface EndpointSlice extends KubeObject {
  endpoints?: { conditions?: { ready?: boolean }; targetRef?: { kind?: string; name?: string } }[];
}

/** In force: nothing leads to pods of a side that shall have no users, and every ready pod of one that shall is there. */
export async function observe(client: KubeClient, managed: ManagedRoute): Promise<Taken> {
  const { intent, found } = readSelector(managed);
  if (!intent) return { kind: 'unknown' };
  const common = commonSelector(managed, selectorOf(managed));
  const [slices, pods] = await Promise.all([
    unless('forbidden', listSlices(client, managed)),
    client.list<Pod>(podRef(managed.route.namespace), { labelSelector: selectorText({ matchLabels: common }) }),
  ]);
  if (!slices) return { kind: 'pending', sentence: 'there is no right to list its EndpointSlices' };
  const primary = intent.primary > 0 ? [found.selector ?? {}] : [];
  const canary = intent.canary > 0 ? [{ ...common, ...managed.plan.workload.canaryLabels }] : [];
  const wanted = [...primary, ...canary];
  return compareEndpoints(
    slices,
    pods.filter(({ metadata }) => wanted.some((selector) => selects(selector, metadata.labels ?? {}))),
  );
}

export function listSlices(client: KubeClient, { route }: Pick<ManagedRoute, 'route'>): Promise<EndpointSlice[]> {
  return client.list(sliceRef(route.namespace), { labelSelector: `kubernetes.io/service-name=${route.name}` });
}

/** @param wanted pods that shall get users, ready or not; pure */
export function compareEndpoints(slices: EndpointSlice[], wanted: Pod[]): Taken {
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  const given = endpoints.map(({ targetRef }) => targetRef?.name ?? 'somebody unknown');
  const stray = [...new Set(given)].filter((name) => !wanted.some((pod) => pod.metadata.name === name));
  const some = (names: string[]) => names.slice(0, 3).join(', ') + (names.length > 3 ? ' …' : '');
  if (stray.length > 0)
    return {
      kind: 'pending',
      sentence: `its EndpointSlices still lead to ${plural(stray.length, 'pod')} that shall get no users (${some(stray)})`,
    };
  const listed = new Set(
    endpoints.flatMap(({ conditions, targetRef }) => (conditions?.ready === false ? [] : (targetRef?.name ?? []))),
  );
  const lacking = wanted.filter(
    (pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined && !listed.has(pod.metadata.name),
  );
  if (lacking.length === 0) return { kind: 'taken' };
  const names = some(lacking.map(({ metadata }) => metadata.name));
  return { kind: 'pending', sentence: `its EndpointSlices lack ${plural(lacking.length, 'ready pod')} (${names})` };
}
