/** A cluster in memory with a plan's primary, its autoscaler and its configuration, and an admission that may change what is written. */
import { createCanary } from '../../../../src/activities/create-canary.ts';
import { detect } from '../../../../src/activities/detect.ts';
import { LoadTurns } from '../../../../src/activities/support/load-turns.ts';
import type { FencedTarget } from '../../../../src/contract/activities.ts';
import type { Detected } from '../../../../src/contract/detected.ts';
import type { RouteIntent } from '../../../../src/contract/intent.ts';
import type { DeployEvent } from '../../../../src/contract/offer.ts';
import type { KubeObject, Ref } from '../../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../../src/kubernetes/client/errors.ts';
import type { Autoscaler } from '../../../../src/kubernetes/objects/autoscalers.ts';
import type { RevisionKey } from '../../../../src/kubernetes/objects/config.ts';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';
import { autoscalerRef, configMapRef, deploymentRef, secretRef } from '../../../../src/kubernetes/objects/refs.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { CountingPrometheus } from '../../../support/fakes/counting-prometheus.ts';
import { offerFor, planFor } from '../../../support/plan.ts';

export const DIGEST = `sha256:${'a'.repeat(64)}`;
const IMAGES = ['reviews', 'r', 'l', 'new/r', 'team/app', 'team/proxy', 'registry:5000/team/proxy'];
const { traffic, analysis } = planFor('reviews');
const plan = planFor('reviews', {
  events: IMAGES.map((image) => ({ image })),
  traffic: { ...traffic, routes: [] },
  analysis: { ...analysis, checks: [] },
});

export class RolloutCluster extends FakeCluster {
  readonly plan = plan;

  #asked = 0;

  /** What a policy makes of a Deployment that is written. */
  admit: (deployment: Deployment) => Deployment = (deployment) => deployment;

  /** Of the installation; the first one is for new revisions. */
  revisionKeys: RevisionKey[] = [];

  /** Where the routes, of which there are none, lead. */
  intent: RouteIntent | undefined;

  constructor() {
    super(['apps/v1', 'v1', 'autoscaling/v2', 'policy/v1']);
    this.put('deployments', deployment('reviews-v1', 'v1', 2));
    this.putConfig('one');
  }

  /** What a webhook says to whoever writes this; undefined: it may be written. */
  refuse: (resource: string, object: KubeObject) => string | undefined = () => undefined;

  protected override admitted(resource: string, object: KubeObject): KubeObject {
    const said = this.refuse(resource, object);
    const refusal = { verb: 'patch', object: `the ${resource}`, reason: 'forbidden', status: 403 } as const;
    if (said) throw new ClusterError({ ...refusal, said });
    return resource === 'deployments' ? this.admit(object as Deployment) : object;
  }

  putConfig(value: string): void {
    this.put('configmaps', { ...ofRef(configMapRef('demo', 'settings')), data: { value } });
  }

  /** A Secret that the primary's pods use from then on. */
  putSecret(value: string): void {
    this.put('secrets', { ...ofRef(secretRef('demo', 'login')), data: { value } });
    this.edit(this.deployment('reviews-v1'), ({ spec }) => {
      const [container] = spec.template.spec.containers;
      if (container) container.env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'login', key: 'value' } } }];
    });
  }

  putAutoscaler(target: string, minReplicas: number, maxReplicas: number): void {
    const scaleTargetRef = { kind: 'Deployment', name: target };
    const object = { ...ofRef(autoscalerRef('demo', target)), spec: { scaleTargetRef, minReplicas, maxReplicas } };
    this.put('horizontalpodautoscalers', object);
  }

  /** Ready pods of the canary whose containers run these. */
  putPods(...imageIds: string[]): void {
    for (const [index, reviews] of imageIds.entries()) this.putPod({ reviews }, index);
  }

  /** One of them, with several containers. */
  putPod(imageIds: Record<string, string>, index = 0): void {
    const containers = Object.entries(imageIds).map(([name, imageID]) => ({ name, imageID }));
    this.put('pods', {
      metadata: { name: `canary-${index}`, namespace: 'demo', labels: { app: 'reviews', version: 'v2' } },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: containers.map((one) => ({ ...one, ready: true, restartCount: 0 })),
      },
    });
  }

  deployment(name: 'reviews-v1' | 'reviews-v2'): Deployment {
    return this.objects.get(`deployments/demo/${name}`) as Deployment;
  }

  image(name: 'reviews-v1' | 'reviews-v2'): string | undefined {
    return this.deployment(name).spec.template.spec.containers[0]?.image;
  }

  autoscaler(name: string): Autoscaler {
    return this.objects.get(`horizontalpodautoscalers/demo/${name}`) as Autoscaler;
  }

  /** Somebody edits an object. */
  edit<T extends KubeObject>(object: T, change: (copy: T) => void): void {
    const copy = structuredClone(object);
    change(copy);
    const kind = 'scaleTargetRef' in (copy.spec as object) ? 'horizontalpodautoscalers' : 'deployments';
    this.put(kind, copy);
  }

  /** @param event what else it says  @param vouched when and as what a server vouches for it */
  detect(
    image?: string,
    of = plan,
    event: Partial<DeployEvent> = {},
    vouched: { id?: string; issuedAt?: string } = {},
  ): Promise<Detected> {
    const { intent } = this;
    const inspectRoutes = async () => ({
      ...{ found: { rules: [] }, uids: {}, problems: [], warnings: [] },
      ...(intent && { intent }),
    });
    // neither routes nor metrics are there
    const bare = { ...of, traffic: { ...of.traffic, routes: [] }, analysis: { ...of.analysis, checks: [] } };
    const offer = offerFor(bare, image);
    offer.id = vouched.id ?? offer.id;
    this.#asked += 1;
    if (image === undefined) delete offer.event.image;
    Object.assign(offer.event, event);
    return detect(
      {
        client: this,
        clusterUid: 'uid',
        inspectRoutes,
        prometheus: () => new CountingPrometheus('reviews', 1_000, []),
        turns: new LoadTurns(),
        revisionKeys: this.revisionKeys,
        issuedAt: vouched.issuedAt,
      },
      { offer, cluster: 'local', run: `${offer.id} ${this.#asked}` },
    );
  }

  /** What activities of a new rollout are given. */
  async begin(image: string | undefined = 'reviews:v2', of = plan) {
    const detected = await this.detect(image || undefined, of);
    if (detected.kind !== 'new') throw new Error(JSON.stringify(detected));
    const { epoch, revision, previous, snapshotHash } = detected;
    const as = (seq: number): FencedTarget & Omit<typeof detected, 'kind' | 'warnings'> => ({
      ...{ plan: of, cluster: 'local', clusterUid: 'uid', rollout: `reviews-${epoch}`, fence: { epoch, seq } },
      ...detected,
    });
    if (detected.withoutCanary) detected.uids = { ...detected.uids, ...(await createCanary(this, as(0))) };
    return { detected, epoch, revision, previous, snapshotHash, as };
  }
}

function deployment(name: string, version: string, replicas: number): Deployment {
  const labels = { app: 'reviews', version };
  const envFrom = [{ configMapRef: { name: 'settings' } }];
  return {
    ...ofRef(deploymentRef('demo', name)),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'reviews', image: 'reviews:v1', envFrom }] },
      },
    },
    status: { readyReplicas: replicas },
  };
}

function ofRef({ apiVersion, kind, name, namespace }: Ref): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }), annotations: {} } };
}
