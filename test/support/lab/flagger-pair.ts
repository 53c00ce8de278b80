/** What Flagger leaves in a cluster. */
import { autoscalerOf } from './autoscaler.ts';
import { apply, eventually, kubectl, lab } from './cluster.ts';
import { know } from './controller-kinds.ts';
import { LabApp, newNamespace, program } from './lab-app.ts';

/** Returns when the garbage collector knows the kind, up to 30 s after the API server: what an object owned before would stay. */
async function collected(
  object: object & { kind: string; metadata: { name: string; namespace: string } },
): Promise<void> {
  const { kind, metadata } = object;
  await apply([object]);
  await kubectl('-n', metadata.namespace, 'delete', kind, metadata.name, '--cascade=foreground', '--timeout=120s');
}

interface OwnedObject {
  kind: string;
  metadata: { name: string; uid: string; ownerReferences?: { uid: string }[] };
}

export class FlaggerPair extends LabApp {
  readonly name: string;

  private constructor(name: string, namespace: string, gateway: string) {
    super(namespace, gateway);
    this.name = name;
  }

  static async create(name: string, provider: 'istio' | 'nginx'): Promise<FlaggerPair> {
    const app = new FlaggerPair(name, newNamespace(name), provider === 'istio' ? lab.gateway : lab.gatewayApi);
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
    return autoscalerOf(this.at(name), { apiVersion: 'apps/v1', kind: 'Deployment', name }, { min: 2, max: 3 });
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
