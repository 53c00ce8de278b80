/** Who else writes an object, as it says itself: GitOps tools by labels and field managers, controllers by references. Pure. */
import type { KubeObject, Ref } from '../client/client.ts';
import { annotation } from './annotations.ts';

export interface ObjectOwner {
  /**
   * `argo`: argo-cd.readthedocs.io, "Resource Tracking"; `kustomize`, `helm`: fluxcd.io, "Kustomizations", "Helm Releases"; `controller`:
   * another object's, such as KEDA's ScaledObject
   */
  tool: 'argo' | 'kustomize' | 'helm' | 'controller';
  /** `Application shop`, `ScaledObject demo/reviews`; the kind alone where the object does not tell the name. */
  name: string;
}

export function ownersOf(ref: Ref, object: KubeObject): ObjectOwner[] {
  const { labels = {}, ownerReferences = [], managedFields = [] } = object.metadata;
  const isManagedBy = (manager: RegExp) => managedFields.some((one) => manager.test(one.manager ?? ''));
  const owners: ObjectOwner[] = [];
  const keda = ownerReferences.find(({ kind }) => kind === 'ScaledObject')?.name ?? labels['scaledobject.keda.sh/name'];
  const controller = ownerReferences.find((one) => one.controller);
  if (keda !== undefined) owners.push({ tool: 'controller', name: `ScaledObject ${ref.namespace}/${keda}` });
  else if (controller)
    owners.push({ tool: 'controller', name: `${controller.kind} ${ref.namespace}/${controller.name}` });
  const argo = trackedBy(ref, object) ?? labels['argocd.argoproj.io/instance'];
  const isArgo = isManagedBy(/^argocd-/);
  const application = argo ?? (isArgo ? labels['app.kubernetes.io/instance'] : undefined);
  if (application !== undefined || isArgo)
    owners.push({ tool: 'argo', name: `Application ${application ?? ''}`.trimEnd() });
  for (const [tool, kind, manager] of [
    ['kustomize', 'Kustomization', /^kustomize-controller$/],
    ['helm', 'HelmRelease', /^helm-controller$/],
  ] as const) {
    const { [`${tool}.toolkit.fluxcd.io/name`]: name, [`${tool}.toolkit.fluxcd.io/namespace`]: namespace } = labels;
    if (name === undefined && !isManagedBy(manager)) continue;
    owners.push({ tool, name: name === undefined ? kind : `${kind} ${namespace ? `${namespace}/` : ''}${name}` });
  }
  return owners;
}

/** The id names its object, `<application>:<group>/<kind>:<namespace>/<name>`: one that was copied to another object is no claim on that. */
function trackedBy({ apiVersion, kind, namespace, name }: Ref, object: KubeObject): string | undefined {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  const own = `:${group}/${kind}:${namespace}/${name}`;
  const id = annotation(object, 'argocd.argoproj.io/tracking-id');
  return id?.endsWith(own) ? id.slice(0, -own.length) : undefined;
}
