/** Names of objects: references, their URL paths, and how they are shown to people. */
import type { Uids } from '../../contract/detected.ts';
import type { KubeObject, Ref } from '../client/client.ts';

/** Uids of objects that are there, by name as {@link describeRef} says it. */
export function uidsOf(refOf: (namespace: string, name: string) => Ref, ...objects: (KubeObject | undefined)[]): Uids {
  const named = objects.flatMap((object) => {
    const { namespace = '', name = '', uid } = object?.metadata ?? {};
    return uid === undefined ? [] : [[describeRef(refOf(namespace, name)), uid]];
  });
  return Object.fromEntries(named);
}

/** References to one kind; without a name: where a list looks. */
function refsOf(apiVersion: string, kind: string): (namespace: string, name?: string) => Ref {
  const resource = `${kind.toLowerCase()}s`;
  return (namespace, name = '') => ({ apiVersion, resource, kind, namespace, name });
}

export const deploymentRef = refsOf('apps/v1', 'Deployment');
export const replicaSetRef = refsOf('apps/v1', 'ReplicaSet');
export const controllerRevisionRef = refsOf('apps/v1', 'ControllerRevision');
export const autoscalerRef = refsOf('autoscaling/v2', 'HorizontalPodAutoscaler');
export const podRef = refsOf('v1', 'Pod');
export const serviceRef = refsOf('v1', 'Service');
export const sliceRef = refsOf('discovery.k8s.io/v1', 'EndpointSlice');
export const configMapRef = refsOf('v1', 'ConfigMap');
export const secretRef = refsOf('v1', 'Secret');
export const jobRef = refsOf('batch/v1', 'Job');
export const claimRef = refsOf('v1', 'PersistentVolumeClaim');
export const quotaRef = refsOf('v1', 'ResourceQuota');
export const budgetRef = refsOf('policy/v1', 'PodDisruptionBudget');

/** `Deployment demo/reviews-v1`; a list is `Deployments in demo`. */
export function describeRef(ref: Pick<Ref, 'kind' | 'namespace'> & { name?: string }): string {
  if (ref.name === undefined) return `${ref.kind}s${ref.namespace ? ` in ${ref.namespace}` : ''}`;
  return `${ref.kind} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}`;
}

/**
 * `/apis/apps/v1/namespaces/demo/deployments/reviews-v1`
 * @throws RangeError for a part that cannot be one segment of a path
 */
export function pathOf(ref: Omit<Ref, 'name'> & { name?: string }): string {
  const root = ref.apiVersion.includes('/') ? ['apis', ...ref.apiVersion.split('/')] : ['api', ref.apiVersion];
  const place = ref.namespace === undefined ? [] : ['namespaces', ref.namespace];
  const name = ref.name === undefined ? [] : [ref.name];
  return `/${[...root, ...place, ref.resource, ...name].map(segment).join('/')}`;
}

/** The rule of Kubernetes for names in paths: not empty, not `.` or `..`, no `/` and no `%`. */
function segment(part: string): string {
  if (part === '' || part === '.' || part === '..' || /[/%]/.test(part)) {
    throw new RangeError(`"${part}" is not a name that Kubernetes accepts`);
  }
  return encodeURIComponent(part);
}
