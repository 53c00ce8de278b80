/** The bookinfo `reviews` service in a namespace of its own, behind the lab's gateway and for mesh clients. */
import { join } from 'node:path';
import { type Prober, type ProberOptions, readRequests, startProber } from '../../../lab/prober/index.ts';
import { connect } from '../../../src/cluster/index.ts';
import type { Plan } from '../../../src/rollout/plan.ts';
import { apply, eventually, getJson, kubectl, lab } from './cluster.ts';

export interface ReviewsOptions {
  replicas?: number;
  /** HPA of the primary. */
  autoscaler?: { min: number; max: number };
  /** Put into the VirtualService besides ours. */
  httpExtras?: object;
  otherRoutes?: object[];
  /** Path of the readiness probe's port: 15020 stays ready when the app's port refuses. */
  readinessPort?: number;
  /** Gateways of the VirtualService; `mesh` makes it govern mesh clients too. */
  gateways?: string[];
  image?: string;
}

let created = 0;

export class Reviews {
  readonly namespace: string;
  readonly host: string;

  private constructor(namespace: string) {
    this.namespace = namespace;
    this.host = `${namespace}.example`;
  }

  /** Namespace, Deployment, Service, Gateway, DestinationRule and VirtualService; resolves when users can be served. */
  static async create(label: string, options: ReviewsOptions = {}): Promise<Reviews> {
    created += 1;
    const app = new Reviews(`${label}-${process.pid}-${created}`);
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: app.namespace } }]);
    await apply(app.objects(options));
    await kubectl('-n', app.namespace, 'rollout', 'status', 'deployment/reviews-v1', '--timeout=60s');
    await eventually(
      async () => (await app.ask()).status === 200 || undefined,
      `${app.host} answers through the gateway`,
    );
    return app;
  }

  private objects(options: ReviewsOptions): object[] {
    const { namespace } = this;
    const { replicas = 2, autoscaler, readinessPort = 9080, image = 'reviews:v1' } = options;
    const labels = { app: 'reviews', version: 'v1' };
    const probe = { httpGet: { path: '/ready', port: readinessPort }, periodSeconds: 1 };
    const container = { name: 'reviews', image, ports: [{ containerPort: 9080 }], readinessProbe: probe };
    const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 5, containers: [container] } };
    const at = (name: string) => ({ name, namespace });
    const objects: object[] = [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: at('reviews'),
        spec: { selector: { app: 'reviews' }, ports: [{ name: 'http', port: 9080 }] },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: at('reviews-v1'),
        spec: { replicas, selector: { matchLabels: labels }, template },
      },
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'Gateway',
        metadata: at('reviews-gateway'),
        spec: {
          selector: { istio: 'ingressgateway' },
          servers: [{ hosts: [this.host], port: { name: 'http', number: 8080, protocol: 'HTTP' } }],
        },
      },
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: at('reviews'),
        spec: { host: 'reviews', subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) },
      },
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: at('reviews'),
        spec: this.virtualService(options),
      },
    ];
    if (autoscaler) objects.push(hpa(at('reviews-v1'), autoscaler));
    return objects;
  }

  private virtualService({ httpExtras, otherRoutes = [], gateways }: ReviewsOptions): object {
    return {
      hosts: [this.host, 'reviews'],
      gateways: gateways ?? ['reviews-gateway', 'mesh'],
      http: [
        ...otherRoutes,
        { ...httpExtras, route: [{ destination: { host: 'reviews', subset: 'v1' }, weight: 100 }] },
      ],
    };
  }

  /** One request of a user. */
  async ask(path = '/'): Promise<{ status: number; version: string | null }> {
    const { request } = await import('node:http');
    const url = new URL(path, lab.gateway);
    return new Promise((resolve, reject) => {
      const asked = request(url, { headers: { host: this.host }, timeout: 2_000 }, (answer) => {
        answer.resume();
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, version: (answer.headers['x-version'] as string) ?? null }),
        );
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer in 2 s')));
      asked.on('error', reject);
      asked.end();
    });
  }

  /** Steady users, 100 a second unless said otherwise. */
  users(options: Partial<ProberOptions> = {}): Prober {
    const out = join(lab.dir, 'probes', `${this.namespace}-${Date.now()}.jsonl`);
    return startProber({ url: `${lab.gateway}/`, host: this.host, rate: 100, out, ...options });
  }

  /** What the pods of one Deployment were asked. */
  requests(deployment: string) {
    return readRequests(lab.dir, this.namespace, `${deployment}-`).filter(({ id }) => id !== null);
  }

  route(): Promise<VirtualServiceObject> {
    return getJson(this.namespace, 'virtualservice', 'reviews');
  }

  async weights(): Promise<Weights> {
    return weightsOf(await this.route());
  }

  /** Every stored version of the route from now on, seen by a watch: none is missed. */
  recordRoute(): { versions: RouteVersion[]; stop: () => void } {
    const ended = new AbortController();
    const versions: RouteVersion[] = [];
    const ref = {
      apiVersion: 'networking.istio.io/v1',
      resource: 'virtualservices',
      kind: 'VirtualService',
      namespace: this.namespace,
    };
    const watch = async () => {
      const events = connect({ kubeconfig: lab.kubeconfig }).watch(
        ref,
        { fieldSelector: 'metadata.name=reviews' },
        ended.signal,
      );
      for await (const { object } of events) {
        const version = { at: Date.now(), ...weightsOf(object as unknown as VirtualServiceObject) };
        const last = versions.at(-1);
        if (
          !last ||
          last.primary !== version.primary ||
          last.canary !== version.canary ||
          last.mirror !== version.mirror
        )
          versions.push(version);
      }
    };
    watch().catch((error) => {
      if (!ended.signal.aborted) throw error;
    });
    return { versions, stop: () => ended.abort() };
  }

  /** Changes the behaviour of every pod of one version, in the running programs. */
  async behave(version: string, control: object): Promise<void> {
    const list = await kubectl('-n', this.namespace, 'get', 'pods', '-l', `version=${version}`, '-o', 'json');
    const pods = (JSON.parse(list) as { items: { status: { podIP?: string } }[] }).items;
    const body = JSON.stringify(control);
    await Promise.all(
      pods.flatMap(({ status }) =>
        status.podIP
          ? [fetch(`http://${status.podIP}:15020/control`, { method: 'POST', body }).catch(() => undefined)]
          : [],
      ),
    );
  }

  replicas(deployment: string): Promise<{
    spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
    status: { readyReplicas?: number };
  }> {
    return getJson(this.namespace, 'deployment', deployment);
  }

  async remove(): Promise<void> {
    await kubectl('delete', 'namespace', this.namespace, '--wait=false');
  }

  /** A plan with intervals of seconds; `changes` replace whole sections. */
  plan(changes: Partial<Plan> = {}): Plan {
    const { namespace } = this;
    return {
      name: 'reviews',
      namespace,
      workload: { primary: 'reviews-v1', canary: 'reviews-v2', canaryLabels: { version: 'v2' }, adoptRunning: false },
      events: [{ image: 'reviews' }],
      traffic: {
        routes: [{ kind: 'VirtualService', name: 'reviews', namespace }],
        primary: { host: 'reviews', subset: 'v1' },
        canary: { host: 'reviews', subset: 'v2' },
        terminationDrainMs: 2_000,
        allowUngoverned: false,
      },
      scale: { canary: { replicas: 1, matchWeight: true }, primary: {}, readyTimeoutMs: 30_000 },
      acceptance: [
        {
          name: 'health',
          http: { path: '/health', method: 'GET', headers: {}, expect: { status: 200, headers: {} } },
          timeoutMs: 2_000,
        },
      ],
      load: {
        requestsPerSecond: 50,
        durationMs: 2_000,
        path: '/health',
        method: 'GET',
        headers: {},
        expect: { successRate: 99 },
      },
      mirror: { percent: 100, everyMs: 3_000, iterations: 2 },
      shift: { weights: [20, 40, 60, 80, 100], everyMs: 3_000 },
      analysis: {
        prometheus: lab.prometheus,
        checks: [
          { name: 'success-rate', builtin: 'requestSuccessRate', min: 99 },
          { name: 'duration', builtin: 'requestDuration', quantile: 0.99, maxMs: 2_000 },
        ],
        failureThreshold: 2,
        noAnswerLimit: 5,
      },
      onNewRevision: 'supersede',
      notify: [{ email: { to: ['team@example.com'] } }],
      ...changes,
    };
  }
}

export interface Weights {
  primary: number;
  canary: number;
  mirror: number;
}

export interface RouteVersion extends Weights {
  /** Epoch ms at which the watch saw it. */
  at: number;
}

function weightsOf({ spec }: VirtualServiceObject): Weights {
  const rules = spec.http.filter(({ name }) => name !== 'static');
  const rule = rules.find(({ route }) => route?.some(({ destination }) => destination.subset === 'v1'));
  const weight = (subset: string) => rule?.route?.find(({ destination }) => destination.subset === subset)?.weight ?? 0;
  return {
    primary: weight('v1'),
    canary: weight('v2'),
    mirror: rule?.mirror ? (rule.mirrorPercentage?.value ?? 100) : 0,
  };
}

export interface VirtualServiceObject {
  metadata: { annotations?: Record<string, string>; resourceVersion: string };
  spec: {
    http: {
      name?: string;
      route?: { destination: { host: string; subset?: string }; weight?: number }[];
      mirror?: { host: string; subset?: string };
      mirrorPercentage?: { value: number };
    }[];
  };
}

function hpa(metadata: object, { min, max }: { min: number; max: number }): object {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'reviews-v1' },
      minReplicas: min,
      maxReplicas: max,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  };
}
