/** Reads what stands around a Canary or a Rollout, and what of a namespace adoption has made. */
import type { RouteRef } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { configUses } from '../../kubernetes/objects/config-uses.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { configMapRef, describeRef, secretRef } from '../../kubernetes/objects/refs.ts';
import { controllerRef } from '../controlled.ts';
import type { ControlledFound, ControllerKind, FoundObject } from '../found.ts';
import { planRef } from '../names.ts';
import type { AdoptedPlan, UndoFound } from '../undo.ts';
import { readRoute } from './read.ts';

const KINDS: Record<string, string[]> = {
  'apps/v1': ['deployments/Deployment'],
  v1: ['services/Service'],
  'autoscaling/v2': ['horizontalpodautoscalers/HorizontalPodAutoscaler'],
  'networking.k8s.io/v1': ['ingresses/Ingress'],
  'networking.istio.io/v1': ['virtualservices/VirtualService', 'destinationrules/DestinationRule'],
  'gateway.networking.k8s.io/v1': ['httproutes/HTTPRoute', 'grpcroutes/GRPCRoute'],
  'flagger.app/v1beta1': ['metrictemplates/MetricTemplate'],
  'argoproj.io/v1alpha1': ['analysistemplates/AnalysisTemplate'],
};

interface Name {
  namespace: string;
  name: string;
}

const WIDE = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ClusterAnalysisTemplate',
  resource: 'clusteranalysistemplates',
};

/** @throws ClusterError `notFound` when it is not there */
export async function readControlled(client: KubeClient, kind: ControllerKind, at: Name): Promise<ControlledFound> {
  const ref = controllerRef(kind, at);
  const [[found], around, plan] = await Promise.all([
    there(client, [ref]),
    readAround(client, at.namespace),
    client.get(planRef(at.namespace, at.name)),
  ]);
  if (!found) throw new ClusterError({ verb: 'get', object: describeRef(ref), reason: 'notFound' });
  return { kind, ref, controller: found.object, around, plan };
}

/** @param named routes of other namespaces */
export async function readUndo(client: KubeClient, at: Name, named: readonly RouteRef[]): Promise<UndoFound> {
  const [around, controllers, routes, plan] = await Promise.all([
    readAround(client, at.namespace),
    there(client, [controllerRef('canary', at), controllerRef('rollout', at)]),
    Promise.all(named.map((route) => readRoute(client, route))),
    client.get<AdoptedPlan>(planRef(at.namespace, at.name)),
  ]);
  return { ...at, plan, around: [...around, ...routes, ...controllers] };
}

async function readAround(client: KubeClient, namespace: string): Promise<FoundObject[]> {
  const types = Object.entries(KINDS).flatMap(([apiVersion, kinds]) =>
    kinds.map((one) => {
      const [resource = '', kind = ''] = one.split('/');
      return { apiVersion, resource, kind, namespace };
    }),
  );
  const around = (await Promise.all([...types, WIDE].map((type) => listed(client, type)))).flat();
  return [...around, ...(await there(client, copiesOf(namespace, around)))];
}

/** Empty for a kind that the cluster does not know. */
async function listed(client: KubeClient, type: Omit<Ref, 'name'>): Promise<FoundObject[]> {
  const all = await client.list<KubeObject>(type).catch((error) => {
    if (error instanceof ClusterError && error.reason === 'notFound') return [];
    throw error;
  });
  return all.map((object) => typed({ ...type, name: object.metadata.name }, object));
}

async function there(client: KubeClient, refs: readonly Ref[]): Promise<FoundObject[]> {
  const read = refs.map(async (ref) => ({ ref, object: await client.get(ref) }));
  return (await Promise.all(read)).flatMap(({ ref, object }) => (object ? [typed(ref, object)] : []));
}

/** Items of a list do not say what they are. */
function typed(ref: Ref, object: KubeObject): FoundObject {
  const { apiVersion, kind, namespace } = ref;
  return {
    ref,
    object: { ...object, apiVersion, kind, metadata: { ...object.metadata, ...(namespace && { namespace }) } },
  };
}

/** What the pods of a primary read: Flagger copies it, and owns the copies. */
function copiesOf(namespace: string, around: readonly FoundObject[]): Ref[] {
  const primaries = around.filter(({ ref }) => ref.kind === 'Deployment' && ref.name.endsWith('-primary'));
  const uses = primaries.flatMap(({ object }) => configUses((object as Deployment).spec.template));
  const refs = uses.map(({ kind, name }) => (kind === 'ConfigMap' ? configMapRef : secretRef)(namespace, name));
  return [...new Map(refs.map((ref) => [describeRef(ref), ref])).values()].filter(({ name }) =>
    name.endsWith('-primary'),
  );
}
