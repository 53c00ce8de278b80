/** What Flagger and Argo leave in a cluster, and the part of Argo that goes on writing: neither runs in the lab. */
import { setTimeout as sleep } from 'node:timers/promises';
import { apply, eventually, kubectl, lab } from './cluster.ts';
import { LabApp, program } from './lab-app.ts';

const LOOSE = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

interface CustomKind {
  group: string;
  version: string;
  kind: string;
  plural: string;
  subresources?: object;
}

function definition({ group, version, kind, plural, subresources }: CustomKind): object {
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: LOOSE, status: LOOSE } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, names, scope: 'Namespaced' },
      versions: [{ name: version, served: true, storage: true, schema, subresources }],
    },
  };
}

const FLAGGER = { group: 'flagger.app', version: 'v1beta1' };
const KINDS: Record<'flagger' | 'argo', CustomKind[]> = {
  flagger: [{ ...FLAGGER, kind: 'Canary', plural: 'canaries' }],
  argo: [
    {
      ...{ group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', plural: 'rollouts' },
      subresources: {
        scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
      },
    },
  ],
};

/** The kinds as far as they are needed; they stay, as another file may be in the middle. */
async function know(tool: 'flagger' | 'argo'): Promise<void> {
  await apply(KINDS[tool].map(definition));
  for (const { plural, group } of KINDS[tool])
    await kubectl('wait', `crd/${plural}.${group}`, '--for=condition=Established', '--timeout=60s');
}

/** Returns when the garbage collector knows the kind, up to 30 s after the API server: what an object owned before would stay. */
async function collected(
  object: object & { kind: string; metadata: { name: string; namespace: string } },
): Promise<void> {
  const { kind, metadata } = object;
  await apply([object]);
  await kubectl('-n', metadata.namespace, 'delete', kind, metadata.name, '--cascade=foreground', '--timeout=120s');
}

let created = 0;

function namespaceOf(label: string): string {
  created += 1;
  return `${label}-${process.pid}-${created}`;
}

function autoscaler(metadata: object, scaleTargetRef: object) {
  const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } };
  const spec = { scaleTargetRef, minReplicas: 2, maxReplicas: 3, metrics: [{ type: 'Resource', resource }] };
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec };
}

interface OwnedObject {
  kind: string;
  metadata: { name: string; uid: string; ownerReferences?: { uid: string }[] };
}

/** A pair of Flagger's at rest: of Istio, or of ingress-nginx. */
export class FlaggerPair extends LabApp {
  readonly name: string;

  private constructor(name: string, namespace: string, gateway: string) {
    super(namespace, gateway);
    this.name = name;
  }

  static async create(name: string, provider: 'istio' | 'nginx'): Promise<FlaggerPair> {
    const app = new FlaggerPair(name, namespaceOf(name), provider === 'istio' ? lab.gateway : lab.gatewayApi);
    await know('flagger');
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: app.namespace } }]);
    await collected(app.canary(provider));
    await apply([app.canary(provider)]);
    const uid = (await kubectl('-n', app.namespace, 'get', 'canary', name, '-o', 'jsonpath={.metadata.uid}')).trim();
    const owner = {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    const owned = provider === 'istio' ? app.istio() : [app.ingress(`${name}-canary`)];
    const made = [...app.made(), ...owned].map((one) => ({
      ...one,
      metadata: { ...one.metadata, ownerReferences: [owner] },
    }));
    await apply([...app.people(provider), ...made]);
    await kubectl('-n', app.namespace, 'rollout', 'status', `deployment/${name}-primary`, '--timeout=120s');
    return app;
  }

  private at(name: string, more: object = {}) {
    return { name, namespace: this.namespace, ...more };
  }

  private canary(provider: string) {
    const { name, host } = this;
    const ingressRef = provider === 'nginx' && {
      ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name },
    };
    return {
      ...{ apiVersion: 'flagger.app/v1beta1', kind: 'Canary', metadata: this.at(name) },
      spec: {
        provider,
        metricsServer: lab.prometheus,
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name },
        ...ingressRef,
        service: { port: 9080, ...(provider === 'istio' && { gateways: ['menu'], hosts: [host] }) },
        analysis: {
          ...{ interval: '10s', threshold: 3, stepWeight: 50, maxWeight: 100 },
          metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '10s' }],
        },
      },
      status: { phase: 'Succeeded', canaryWeight: 0, failedChecks: 0 },
    };
  }

  /** What people wrote; the target is scaled to zero by Flagger. */
  private people(provider: string): object[] {
    const { name } = this;
    const gateway = {
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: this.at('menu') },
      spec: {
        selector: { istio: 'ingressgateway' },
        servers: [{ hosts: [this.host], port: { name: 'http', number: 8080, protocol: 'HTTP' } }],
      },
    };
    return [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: this.at(`${name}-config`), data: { colour: 'green' } },
      { apiVersion: 'v1', kind: 'Secret', metadata: this.at(`${name}-key`), stringData: { key: 'hunter2' } },
      this.deployment(name, '', 0),
      this.autoscaler(name),
      ...(provider === 'istio' ? [gateway] : [this.ingress(name)]),
    ];
  }

  /** By pkg/canary and pkg/router of Flagger 1.44. */
  private made() {
    const { name } = this;
    const primary = `${name}-primary`;
    const service = (own: string, app: string) => ({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: this.at(own, { labels: { app: own } }) },
      spec: { selector: { app }, ports: [{ name: 'http', port: 9080, protocol: 'TCP', targetPort: 9080 }] },
    });
    return [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: this.at(`${name}-config-primary`), data: { colour: 'green' } },
      { apiVersion: 'v1', kind: 'Secret', metadata: this.at(`${name}-key-primary`), stringData: { key: 'hunter2' } },
      // none that anybody frees: it goes when the Canary went
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: this.at('witness') },
      this.deployment(primary, '-primary', 2),
      this.autoscaler(primary),
      ...[service(name, primary), service(primary, primary), service(`${name}-canary`, name)],
    ];
  }

  private deployment(name: string, copy: string, replicas: number) {
    const made = program(this.at(name), { app: name }, `${this.name}:v1`, { replicas }) as {
      metadata: object;
      spec: { template: { spec: { containers: object[] } } };
    };
    const [container] = made.spec.template.spec.containers;
    const envFrom = [
      { configMapRef: { name: `${this.name}-config${copy}` } },
      { secretRef: { name: `${this.name}-key${copy}` } },
    ];
    made.spec.template.spec.containers = [{ ...container, name: this.name, envFrom }];
    return made;
  }

  private autoscaler(name: string) {
    return autoscaler(this.at(name), { apiVersion: 'apps/v1', kind: 'Deployment', name });
  }

  private istio() {
    const { name, host } = this;
    const to = (side: string, weight: number) => ({ destination: { host: `${name}-${side}` }, weight });
    const rule = (side: string) => ({
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: this.at(`${name}-${side}`) },
      spec: { host: `${name}-${side}` },
    });
    return [
      rule('primary'),
      rule('canary'),
      {
        ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: this.at(name) },
        spec: { hosts: [host, name], gateways: ['menu'], http: [{ route: [to('primary', 100), to('canary', 0)] }] },
      },
    ];
  }

  private ingress(name: string) {
    const backend = { service: { name: this.name, port: { number: 9080 } } };
    const paths = [{ path: '/', pathType: 'Prefix', backend }];
    return {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: this.at(name) },
      spec: { ingressClassName: 'nginx', rules: [{ host: this.host, http: { paths } }] },
    };
  }

  /** Everything of the namespace that the Canary could own, `Kind/name` with its uid and the uids of its owners. */
  async objects(): Promise<Map<string, { uid: string; owners: string[] }>> {
    const kinds =
      'deployments,services,hpa,configmaps,secrets,serviceaccounts,virtualservices,destinationrules,httproutes,ingresses';
    const { items } = JSON.parse(await kubectl('-n', this.namespace, 'get', kinds, '-o', 'json')) as {
      items: OwnedObject[];
    };
    return new Map(
      items.map(({ kind, metadata: { name, uid, ownerReferences = [] } }) => [
        `${kind}/${name}`,
        { uid, owners: ownerReferences.map((one) => one.uid) },
      ]),
    );
  }

  /** Resolves when the garbage collector has taken what was still the Canary's. */
  async swept(): Promise<void> {
    await eventually(
      async () => !(await this.objects()).has('ServiceAccount/witness') || undefined,
      'what the Canary owned is gone',
      120_000,
    );
  }

  /** Names of the pods that serve. */
  async pods(): Promise<string[]> {
    const list = await kubectl('-n', this.namespace, 'get', 'pods', '-l', `app=${this.name}-primary`, '-o', 'name');
    return list.trim().split('\n').sort();
  }
}

const HASH = 'rollouts-pod-template-hash';
const STABLE = '6d8f9c7b5';

/** A Rollout at rest with the Gateway API plugin, and what Argo goes on writing. */
export class ArgoRollout extends LabApp {
  #argo: Promise<void> | undefined;
  readonly #ended = new AbortController();

  static async create(): Promise<ArgoRollout> {
    const app = new ArgoRollout(namespaceOf('pond'), lab.gatewayApi);
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
      autoscaler(this.at('pond'), { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'pond' }),
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
