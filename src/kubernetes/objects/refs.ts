/** Names of objects: references, their URL paths, and how they are shown to people. */
import type { Ref } from '../client/client.ts';

export const deploymentRef = (namespace: string, name: string): Ref => ({
  apiVersion: 'apps/v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespace,
  name,
});

export const replicaSetRef = (namespace: string, name: string): Ref => ({
  apiVersion: 'apps/v1',
  resource: 'replicasets',
  kind: 'ReplicaSet',
  namespace,
  name,
});

export const controllerRevisionRef = (namespace: string, name: string): Ref => ({
  apiVersion: 'apps/v1',
  resource: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespace,
  name,
});

export const autoscalerRef = (namespace: string, name: string): Ref => ({
  apiVersion: 'autoscaling/v2',
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespace,
  name,
});

export const podRef = (namespace: string, name: string): Ref => ({
  apiVersion: 'v1',
  resource: 'pods',
  kind: 'Pod',
  namespace,
  name,
});

export const serviceRef = (namespace: string, name: string): Ref => ({
  apiVersion: 'v1',
  resource: 'services',
  kind: 'Service',
  namespace,
  name,
});

export const configMapRef = (namespace: string, name: string): Ref => ({
  apiVersion: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespace,
  name,
});

export const secretRef = (namespace: string, name: string): Ref => ({
  apiVersion: 'v1',
  resource: 'secrets',
  kind: 'Secret',
  namespace,
  name,
});

/** `Deployment demo/reviews-v1`; a list is `Deployments in demo`. */
export function describeRef(ref: Omit<Ref, 'name'> & { name?: string }): string {
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
