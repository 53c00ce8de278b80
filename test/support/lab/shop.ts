/** A shop behind the Gateway API: two Services, one HTTPRoute (and a GRPCRoute if asked for) at the lab's own Gateway. */
import type { Plan } from '../../../src/contract/plan.ts';
import { apply, eventually, getJson, kubectl, lab } from './cluster.ts';
import { LabApp, newNamespace, planBase, program, recordVersions, type Weights } from './lab-app.ts';

export interface ShopOptions {
  replicas?: number;
  image?: string;
  /** Put into the HTTPRoute's rule besides its backends. */
  ruleExtras?: object;
  /** Rules before that one. */
  otherRules?: object[];
  /** The rule's backends; the primary with all the weight by default. */
  backendRefs?: object[];
  /** A GRPCRoute beside it, at a host of its own. */
  grpc?: boolean;
  /** With rules before its own. */
  grpcRules?: object[];
  /** Proxies speak HTTP/2 to its pods, as gRPC needs it. Default false. */
  http2?: boolean;
}

export const PRIMARY = { name: 'shop-primary', port: 9080 };
export const CANARY = { name: 'shop-canary', port: 9080 };
const PARENT = { name: 'gateway-api', namespace: 'istio-ingress' };

export class Shop extends LabApp {
  private constructor(namespace: string) {
    super(namespace, lab.gatewayApi);
  }

  /** Namespace, Deployment, Services and routes; resolves when users can be served. */
  static async create(label: string, options: ShopOptions = {}): Promise<Shop> {
    const app = new Shop(newNamespace(label));
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: app.namespace } }]);
    await apply(app.objects(options));
    await kubectl('-n', app.namespace, 'rollout', 'status', 'deployment/shop-v1', '--timeout=60s');
    await eventually(
      async () => (await app.ask()).status === 200 || undefined,
      `${app.host} answers through the Gateway`,
    );
    return app;
  }

  private objects({ replicas, image = 'shop:v1', grpc, grpcRules, http2, ...route }: ShopOptions): object[] {
    const port = { name: http2 ? 'grpc' : 'http', port: 9080 };
    const at = (name: string) => ({ name, namespace: this.namespace });
    return [
      service(at(PRIMARY.name), 'v1', port),
      service(at(CANARY.name), 'v2', port),
      program(at('shop-v1'), { app: 'shop', version: 'v1' }, image, { replicas }),
      { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: at('shop'), spec: this.http(route) },
      ...(grpc ? [this.grpcRoute(grpcRules)] : []),
    ];
  }

  private http({ ruleExtras, otherRules = [], backendRefs = [{ ...PRIMARY, weight: 100 }] }: ShopOptions): object {
    return { parentRefs: [PARENT], hostnames: [this.host], rules: [...otherRules, { ...ruleExtras, backendRefs }] };
  }

  private grpcRoute(before: object[] = []): object {
    const rules = [
      ...before,
      { matches: [{ method: { service: 'shop.Cart' } }], backendRefs: [{ ...PRIMARY, weight: 100 }] },
    ];
    return {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GRPCRoute',
      metadata: { name: 'shop-grpc', namespace: this.namespace },
      spec: { parentRefs: [PARENT], hostnames: [`grpc.${this.host}`], rules },
    };
  }

  route(): Promise<HttpRouteObject> {
    return getJson(this.namespace, 'httproute', 'shop');
  }

  /** Every stored version of the HTTPRoute from now on, seen by a watch: none is missed. */
  recordRoute() {
    const ref = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      resource: 'httproutes',
      kind: 'HTTPRoute',
      namespace: this.namespace,
      name: 'shop',
    };
    return recordVersions(ref, (object) => backendsOf(object as unknown as HttpRouteObject));
  }

  /** A plan with intervals of seconds; `changes` replace whole sections. */
  plan(changes: Partial<Plan> = {}): Plan {
    const { namespace } = this;
    return {
      ...planBase(namespace),
      name: 'shop',
      workload: { primary: 'shop-v1', canary: 'shop-v2', canaryLabels: { version: 'v2' }, adoptRunning: false },
      events: [{ image: 'shop' }],
      traffic: {
        routes: [{ kind: 'HTTPRoute', name: 'shop', namespace }],
        primary: { host: PRIMARY.name, port: PRIMARY.port },
        canary: { host: CANARY.name, port: CANARY.port },
        terminationDrainMs: 2_000,
        allowUngoverned: false,
      },
      ...changes,
    };
  }
}

export interface Backends extends Weights {
  /** Weights of all backends as stored: of the rule that routes to the primary, and of the one of session affinity. */
  stored: (number | undefined)[][];
  /** Where the rule of session affinity sends the users with the cookie; `no rule` without one. */
  kept: string;
}

/** The last rule that routes to the primary: one of session affinity stands before it. */
function backendsOf({ spec }: HttpRouteObject): Backends {
  const rule = spec.rules.findLast(({ backendRefs }) => backendRefs?.some(({ name }) => name === PRIMARY.name));
  const affinity = spec.rules.find(({ name }) => name === 'sluice-affinity-shop');
  const weight = (wanted: string) => rule?.backendRefs?.find(({ name }) => name === wanted)?.weight ?? 0;
  const mirror = rule?.filters?.find(({ requestMirror }) => requestMirror?.backendRef.name === CANARY.name);
  return {
    primary: weight(PRIMARY.name),
    canary: weight(CANARY.name),
    mirror: mirror ? (mirror.requestMirror?.percent ?? 100) : 0,
    stored: [rule, affinity].flatMap((one) => (one ? [(one.backendRefs ?? []).map(({ weight }) => weight)] : [])),
    kept: affinity?.backendRefs?.map(({ name }) => name).join() ?? 'no rule',
  };
}

export interface HttpRouteObject {
  metadata: { annotations?: Record<string, string>; resourceVersion: string };
  spec: {
    rules: {
      name?: string;
      backendRefs?: { name: string; weight?: number }[];
      filters?: { type: string; requestMirror?: { backendRef: { name: string }; percent?: number } }[];
    }[];
  };
}

function service(metadata: { name: string; namespace: string }, version: string, port: object): object {
  const spec = { selector: { app: 'shop', version }, ports: [port] };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec };
}
