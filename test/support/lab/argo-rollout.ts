/** What Argo Rollouts leaves in a cluster, and the part of it that goes on writing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { autoscalerOf } from './autoscaler.ts';
import { apply, eventually, kubectl, lab } from './cluster.ts';
import { know } from './controller-kinds.ts';
import { LabApp, newNamespace, program } from './lab-app.ts';

const HASH = 'rollouts-pod-template-hash';
const STABLE = '6d8f9c7b5';

/** A Rollout at rest with the Gateway API plugin, and what Argo goes on writing. */
export class ArgoRollout extends LabApp {
  #argo: Promise<void> | undefined;
  readonly #ended = new AbortController();

  static async create(): Promise<ArgoRollout> {
    const app = new ArgoRollout(newNamespace('pond'), lab.gatewayApi);
    await know('argo');
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: app.namespace } }]);
    await apply([app.rollout()]);
    const uid = (await kubectl('-n', app.namespace, 'get', 'rollout', 'pond', '-o', 'jsonpath={.metadata.uid}')).trim();
    await apply(app.objects(uid));
    app.#argo = app.argo();
    await eventually(async () => (await app.ask()).status === 200 || undefined, `${app.host} answers`, 120_000);
    return app;
  }

  private at(name: string, more: object = {}) {
    return { name, namespace: this.namespace, ...more };
  }

  private template(labels: object) {
    const { spec } = program(this.at('pond'), { app: 'pond' }, 'pond:v1') as { spec: { template: { spec: object } } };
    return { metadata: { labels: { app: 'pond', ...labels } }, spec: spec.template.spec };
  }

  private rollout() {
    const plugins = { 'argoproj-labs/gatewayAPI': { httpRoute: 'pond', namespace: this.namespace } };
    const pause = { duration: '10s' };
    const steps = [{ setWeight: 50 }, { pause }, { setWeight: 100 }, { pause }];
    return {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
      metadata: this.at('pond', { annotations: { 'rollout.argoproj.io/revision': '1' } }),
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'pond' } },
        template: this.template({}),
        strategy: {
          canary: { stableService: 'pond-stable', canaryService: 'pond-canary', trafficRouting: { plugins }, steps },
        },
      },
      status: { stableRS: STABLE, currentPodHash: STABLE, phase: 'Healthy', replicas: 2, availableReplicas: 2 },
    };
  }

  private objects(uid: string): object[] {
    const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'pond', uid, controller: true };
    const service = (name: string) => ({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: this.at(name) },
      spec: { selector: { app: 'pond', [HASH]: STABLE }, ports: [{ name: 'http', port: 9080 }] },
    });
    const labels = { app: 'pond', [HASH]: STABLE };
    const backendRefs = [
      { name: 'pond-stable', port: 9080, weight: 100 },
      { name: 'pond-canary', port: 9080, weight: 0 },
    ];
    return [
      {
        ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
        metadata: this.at(`pond-${STABLE}`, { labels, ownerReferences: [owner] }),
        spec: { replicas: 2, selector: { matchLabels: labels }, template: this.template({ [HASH]: STABLE }) },
      },
      ...[service('pond-stable'), service('pond-canary')],
      autoscalerOf(
        this.at('pond'),
        { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'pond' },
        { min: 2, max: 3 },
      ),
      {
        ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: this.at('pond') },
        spec: {
          parentRefs: [{ name: 'gateway-api', namespace: 'istio-ingress' }],
          ...{ hostnames: [this.host], rules: [{ backendRefs }] },
        },
      },
    ];
  }

  /** Argo Rollouts 1.9, rollout/sync.go and rollout/service.go: its size, its hash in both Services, and out of them when it is gone. */
  private async argo(): Promise<void> {
    const merge = (kind: string, name: string, patch: object) =>
      kubectl('-n', this.namespace, 'patch', kind, name, '--type=merge', '-p', JSON.stringify(patch));
    while (!this.#ended.signal.aborted) {
      const text = await kubectl('-n', this.namespace, 'get', 'rollout', 'pond', '-o', 'json').catch(() => undefined);
      const replicas = text && (JSON.parse(text) as { spec: { replicas: number } }).spec.replicas;
      const work = ['pond-stable', 'pond-canary'].map((name) =>
        merge('service', name, { spec: { selector: { [HASH]: text ? STABLE : null } } }),
      );
      if (text) work.push(merge('rs', `pond-${STABLE}`, { spec: { replicas } }));
      if (text) work.push(merge('rollout', 'pond', { status: { availableReplicas: replicas } }));
      await Promise.allSettled(work);
      await sleep(1_000, undefined, { signal: this.#ended.signal }).catch(() => undefined);
    }
  }

  /** Names of the pods of Argo's ReplicaSet. */
  async oldPods(): Promise<string[]> {
    const list = await kubectl('-n', this.namespace, 'get', 'pods', '-l', `${HASH},!sluice-arm`, '-o', 'name');
    return list.trim().split('\n').filter(Boolean);
  }

  override async remove(): Promise<void> {
    this.#ended.abort();
    await this.#argo;
    await super.remove();
  }
}
