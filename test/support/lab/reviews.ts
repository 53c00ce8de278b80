/** The bookinfo `reviews` service in a namespace of its own, behind the lab's gateway and for mesh clients. */
import type { Plan } from '../../../src/contract/plan.ts';
import { autoscalerOf } from './autoscaler.ts';
import { apply, eventually, getJson, kubectl, lab } from './cluster.ts';
import { LabApp, newNamespace, planBase, program, recordVersions, type Weights } from './lab-app.ts';

export type { RouteVersion, Weights } from './lab-app.ts';

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

export class Reviews extends LabApp {
  private constructor(namespace: string) {
    super(namespace, lab.gateway);
  }

  /** Namespace, Deployment, Service, Gateway, DestinationRule and VirtualService; resolves when users can be served. */
  static async create(label: string, options: ReviewsOptions = {}): Promise<Reviews> {
    const app = new Reviews(newNamespace(label));
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
    const at = (name: string) => ({ name, namespace });
    const objects: object[] = [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: at('reviews'),
        spec: { selector: { app: 'reviews' }, ports: [{ name: 'http', port: 9080 }] },
      },
      program(at('reviews-v1'), labels, image, { replicas, readinessPort }),
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
    if (autoscaler) {
      const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'reviews-v1' };
      objects.push(autoscalerOf(at('reviews-v1'), target, autoscaler));
    }
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

  route(): Promise<VirtualServiceObject> {
    return getJson(this.namespace, 'virtualservice', 'reviews');
  }

  async weights(): Promise<Weights> {
    return weightsOf(await this.route());
  }

  /** Every stored version of the route from now on, seen by a watch: none is missed. */
  recordRoute() {
    const ref = {
      apiVersion: 'networking.istio.io/v1',
      resource: 'virtualservices',
      kind: 'VirtualService',
      namespace: this.namespace,
      name: 'reviews',
    };
    return recordVersions(ref, (object) => weightsOf(object as unknown as VirtualServiceObject));
  }

  /** A plan with intervals of seconds; `changes` replace whole sections. */
  plan(changes: Partial<Plan> = {}): Plan {
    const { namespace } = this;
    return {
      ...planBase(namespace),
      name: 'reviews',
      workload: { primary: 'reviews-v1', canary: 'reviews-v2', canaryLabels: { version: 'v2' }, adoptRunning: false },
      events: [{ image: 'reviews' }],
      traffic: {
        routes: [{ kind: 'VirtualService', name: 'reviews', namespace }],
        primary: { host: 'reviews', subset: 'v1' },
        canary: { host: 'reviews', subset: 'v2' },
        terminationDrainMs: 2_000,
        allowUngoverned: false,
      },
      ...changes,
    };
  }
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
