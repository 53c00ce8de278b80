import { describe, expect, it } from 'vitest';
import { ownerFindings } from '../../../../src/activities/preflight/owners.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';
import { planFor, to, virtualService } from '../../../support/routes.ts';

type Meta = Partial<KubeObject['metadata']>;

/** A plan whose objects carry these. */
function findings(
  { primary = {}, hpa, route = {} }: { primary?: Meta; hpa?: Meta; route?: Meta },
  onDrift?: 'restore',
) {
  const plan = planFor((one) => Object.assign(one.traffic, onDrift && { onDrift }));
  const named = (name: string, meta: Meta) => ({ metadata: { name, namespace: 'demo', ...meta } });
  const template = { spec: { containers: [{ name: 'app', image: 'reviews:v1' }] } };
  const deployment = { ...named('reviews-v1', primary), spec: { selector: {}, template } } as unknown as Deployment;
  const autoscaler = hpa && {
    ...named('reviews', hpa),
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'reviews-v1' }, maxReplicas: 4 },
  };
  const found = virtualService([{ route: [to('v1', 100)] }]);
  const object = { ...found, metadata: { ...found.metadata, ...route } };
  const [one] = plan.traffic.routes;
  if (!one) throw new Error('no route');
  const ref = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', ...one };
  return ownerFindings(plan, { pair: { primary: deployment }, autoscalers: autoscaler ? [autoscaler] : [] }, [
    { plan, route: one, ref, object },
  ]);
}

describe('owners', () => {
  it('finds nobody on objects of people', () => {
    expect(findings({ primary: { managedFields: [{ manager: 'kubectl-client-side-apply' }] }, hpa: {} })).toEqual({
      problems: [],
      warnings: [],
    });
  });

  it.each([
    {
      ownerReferences: [
        { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'queue', uid: 'u', controller: true },
      ],
    },
    { labels: { 'scaledobject.keda.sh/name': 'queue' } },
  ])('refuses an HPA of KEDA by the name of its ScaledObject, and says what would do: %j', (hpa) => {
    expect(findings({ hpa }).problems).toEqual([
      {
        where: 'HorizontalPodAutoscaler demo/reviews',
        problem: "it belongs to KEDA's ScaledObject demo/queue, which takes back the bounds that a rollout sets",
        remedy: expect.stringContaining('kubectl annotate scaledobject queue -n demo autoscaling.keda.sh/paused=true'),
      },
    ]);
  });

  it('names the Application of Argo CD, by whichever mark it leaves, with the rule for all of its objects', () => {
    const tracked = (id: string) => ({ annotations: { 'argocd.argoproj.io/tracking-id': id } });
    const { warnings } = findings({
      primary: { labels: { 'argocd.argoproj.io/instance': 'shop' } },
      route: tracked('shop:networking.istio.io/VirtualService:demo/reviews'),
    });
    expect(warnings).toEqual([
      'Deployment demo/reviews-v1, VirtualService demo/reviews: Argo CD\'s Application shop takes back what a rollout writes, unless it has spec.ignoreDifferences: [{"group":"apps","kind":"Deployment","name":"reviews-v1","namespace":"demo","jsonPointers":["/spec/replicas","/spec/template/spec/containers/0/image"]},{"group":"networking.istio.io","kind":"VirtualService","name":"reviews","namespace":"demo","jsonPointers":["/spec/http"]}] and spec.syncPolicy.syncOptions: [RespectIgnoreDifferences=true, ApplyOutOfSyncOnly=true]',
    ]);
    const copied = findings({ route: tracked('shop:networking.istio.io/VirtualService:demo/other') });
    expect(copied.warnings).toEqual([]);
    const manager = findings({
      route: { managedFields: [{ manager: 'argocd-controller' }], labels: { 'app.kubernetes.io/instance': 'shop' } },
    });
    expect(manager.warnings).toEqual([expect.stringContaining("Argo CD's Application shop")]);
  });

  it('names the Kustomization or HelmRelease of Flux, and warns of two who restore', () => {
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'apps',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    };
    expect(findings({ route: { labels } }, 'restore').warnings).toEqual([
      'VirtualService demo/reviews: Flux\'s Kustomization flux-system/apps takes back what a rollout writes, unless it has spec.ignore: [{"target":{"kind":"VirtualService","name":"reviews","namespace":"demo"},"paths":["/spec/http"]}] (before Flux 2.9, annotate each with kustomize.toolkit.fluxcd.io/ssa: IfNotPresent); traffic.onDrift: restore would write against it without end',
    ]);
    const helm = findings({ hpa: { managedFields: [{ manager: 'helm-controller' }] } });
    expect(helm.warnings).toEqual([
      expect.stringContaining(
        "Flux's HelmRelease takes back what a rollout writes, unless it has spec.driftDetection.ignore: ",
      ),
    ]);
  });

  it('names any other controller', () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Service', name: 'shop', uid: 'u', controller: true }];
    expect(findings({ primary: { ownerReferences } }).warnings).toEqual([
      'Deployment demo/reviews-v1: the controller of Service demo/shop may take back what a rollout writes',
    ]);
  });
});
