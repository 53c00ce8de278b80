/** Random routes around one plan, in every arrangement that may lead users past it to canary pods. */
import type { Plan, RouteRef } from '../../../src/contract/plan.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { planFor } from '../routes.ts';

export interface Arrangement {
  plan: Plan;
  objects: KubeObject[];
  /** Name of a rule in Envoy's route table by where the preflight says it is. */
  names: Map<string, string>;
}

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const ISTIO = 'networking.istio.io/v1';
const PORT = 9080;

type Made = Record<string, unknown>;

/** @param key of the arrangement, part of every name  @param random from 0 to 1 */
export function arrange(namespace: string, key: string, random: () => number): Arrangement {
  return new Arranged(namespace, key, random).make();
}

class Arranged {
  readonly #namespace: string;
  readonly #key: string;
  readonly #random: () => number;
  readonly #objects: KubeObject[] = [];
  readonly #names = new Map<string, string>();

  constructor(namespace: string, key: string, random: () => number) {
    this.#namespace = namespace;
    this.#key = key;
    this.#random = random;
  }

  make(): Arrangement {
    const s = this.#key;
    this.#service(s, { app: 'ways' });
    this.#service(`${s}-v1`, { app: 'ways', version: 'v1' });
    this.#service(`${s}-v2`, { app: 'ways', version: 'v2' });
    if (this.#often(0.2)) this.#service(`${s}-all`, { app: 'ways' });
    this.#add('v1', 'Service', `${s}-alias`, { type: 'ExternalName', externalName: this.#full(s), ports: ports() });
    const labels = { v1: { version: 'v1' }, v2: { version: 'v2' }, latest: { version: 'v2' }, all: {} };
    const subsets = Object.entries(labels).map(([name, of]) => ({ name, labels: of }));
    this.#add(ISTIO, 'DestinationRule', s, { host: s, subsets });
    const kind = this.#often(0.65) ? 'VirtualService' : 'HTTPRoute';
    const route = kind === 'VirtualService' ? this.#virtualService() : this.#httpRoute();
    if (this.#often(0.5)) this.#stranger();
    return { plan: this.#plan(route), objects: this.#objects, names: this.#names };
  }

  #plan(route: RouteRef): Plan {
    const [s, istio] = [this.#key, route.kind === 'VirtualService'];
    return planFor((plan) => {
      plan.name = s;
      plan.namespace = this.#namespace;
      plan.traffic.routes = [route];
      plan.traffic.primary = istio ? { host: s, subset: 'v1' } : { host: `${s}-v1`, port: PORT };
      plan.traffic.canary = istio ? { host: s, subset: 'v2' } : { host: `${s}-v2`, port: PORT };
    });
  }

  /** The plan's own, perhaps behind a root, with rules of others around the managed one. */
  #virtualService(): RouteRef {
    const [s, name] = [this.#key, `${this.#key}-plan`];
    const main = { route: [{ destination: { host: s, subset: 'v1' }, weight: 100 }] };
    const rules = [...this.#some(2, () => this.#rule()), main, ...this.#some(1, () => this.#rule())];
    const served = { hosts: [`${s}.test`, ...(this.#often(0.6) ? [s] : [])], gateways: ['ways', 'mesh'] };
    const delegated = this.#often(0.2);
    this.#http(name, rules, delegated ? {} : served);
    if (delegated) {
      const through = { match: [{ uri: { prefix: '/' } }], delegate: { name, namespace: this.#namespace } };
      this.#http(`${s}-root`, [...this.#some(1, () => this.#rule()), through], served);
    }
    return { kind: 'VirtualService', name, namespace: this.#namespace };
  }

  #httpRoute(): RouteRef {
    const name = `${this.#key}-plan`;
    const main = { backendRefs: [{ name: `${this.#key}-v1`, port: PORT, weight: 1 }] };
    this.#gateway('HTTPRoute', name, [...this.#some(2, () => this.#backends()), main]);
    return { kind: 'HTTPRoute', name, namespace: this.#namespace };
  }

  /** Somebody else's way: of the same host, of another, for callers in the mesh, of another kind. */
  #stranger(): void {
    const [s, name] = [this.#key, `${this.#key}-other`];
    const rules = this.#some(3, () => this.#rule());
    const kind = this.#pick(['same', 'other', 'mesh', 'HTTPRoute', 'GRPCRoute', 'service', 'entry']);
    if (kind === 'same') this.#http(name, rules, { hosts: [`${s}.test`], gateways: ['ways'] });
    else if (kind === 'other') this.#http(name, rules, { hosts: [`other-${s}.test`], gateways: ['ways'] });
    else if (kind === 'mesh') this.#http(name, rules, { hosts: [`${s}-v1`] });
    else if (kind === 'service') this.#service(`${s}-next`, this.#pick([{ version: 'v2' }, { app: 'ways' }]));
    else if (kind === 'entry') {
      const workloadSelector = { labels: { app: 'ways' } };
      const spec = { hosts: [`entry-${s}.test`], ports: numbers(), resolution: 'STATIC', location: 'MESH_INTERNAL' };
      this.#add(ISTIO, 'ServiceEntry', name, { ...spec, workloadSelector });
      this.#names.set(`ServiceEntry ${this.#namespace}/${name}`, `entry-${s}.test`);
    } else
      this.#gateway(
        kind as 'HTTPRoute',
        name,
        this.#some(2, () => this.#backends(kind === 'GRPCRoute')),
      );
  }

  #rule(): Made {
    const match = this.#pick<Made>([
      {},
      { match: [{ uri: { prefix: '/' } }] },
      { match: [{ uri: { prefix: '/a' } }] },
      { match: [{ headers: { 'x-tier': { exact: 'gold' } } }, { uri: { exact: '/b' } }] },
    ]);
    const route = this.#split(() => ({ destination: this.#destination() }), 100);
    const mirror = this.#pick<Made>([
      {},
      {},
      {},
      { mirror: this.#destination() },
      { mirrors: [{ destination: this.#destination(), percentage: { value: 10 } }] },
    ]);
    return { ...match, route, ...mirror };
  }

  #destination(): Made {
    const s = this.#key;
    const subset = this.#pick(['v1', 'v1', 'v2', 'latest', 'all']);
    return this.#pick<Made>([
      { host: s, subset },
      { host: s, subset },
      { host: s },
      { host: this.#full(s) },
      { host: `${s}-v1` },
      { host: `${s}-v2` },
      { host: `${s}-alias` },
      { host: 'elsewhere' },
    ]);
  }

  #backends(grpc = false): Made {
    const matches = this.#pick<Made[]>([
      [{ headers: [{ name: 'x-tier', value: 'gold' }] }],
      grpc ? [{ method: { service: 'a.B' } }] : [{ path: { type: 'PathPrefix', value: '/a' } }],
    ]);
    const backend = () => ({ name: this.#pick(['', '-v1', '-v1', '-v2'].map((end) => this.#key + end)), port: PORT });
    const filters = this.#often(0.2) ? [{ type: 'RequestMirror', requestMirror: { backendRef: backend() } }] : [];
    return { matches, filters, backendRefs: this.#split(backend, 3) };
  }

  /** One entry alone, or two with weights that may be 0. */
  #split(entry: () => Made, total: number): Made[] {
    if (this.#often(0.6)) return [entry()];
    const weight = Math.round(this.#random() * total);
    return [
      { ...entry(), weight },
      { ...entry(), weight: total - weight },
    ];
  }

  #http(name: string, rules: Made[], spec: Made): void {
    const http = rules.map((rule, index) => {
      // the name of a delegate's rule is that of the rule it stands behind, and its own
      const own = rule.delegate ? {} : { name: `${name}.${index}` };
      this.#names.set(`VirtualService ${this.#namespace}/${name} spec.http[${index}]`, `${name}.${index}`);
      return { ...own, ...rule };
    });
    this.#add(ISTIO, 'VirtualService', name, { ...spec, http });
  }

  #gateway(kind: 'HTTPRoute' | 'GRPCRoute', name: string, rules: Made[]): void {
    const mesh = this.#often(0.3);
    // without a port, which the one listener of the lab's mesh client would not have
    const parent = mesh ? { group: '', kind: 'Service', name: this.#key } : GATEWAY;
    const hostnames = mesh ? {} : { hostnames: [`${name}.test`] };
    rules.forEach((_, index) => {
      this.#names.set(`${kind} ${this.#namespace}/${name} spec.rules[${index}]`, `${this.#namespace}.${name}.${index}`);
    });
    this.#add(GATEWAY_API, kind, name, { parentRefs: [parent], ...hostnames, rules });
  }

  #service(name: string, selector: Made): void {
    this.#names.set(`Service ${this.#namespace}/${name}`, this.#full(name));
    this.#add('v1', 'Service', name, { selector, ports: ports() });
  }

  #add(apiVersion: string, kind: string, name: string, spec: Made): void {
    this.#objects.push({ apiVersion, kind, metadata: { name, namespace: this.#namespace }, spec });
  }

  #full(name: string): string {
    return `${name}.${this.#namespace}.svc.cluster.local`;
  }

  #often(share: number): boolean {
    return this.#random() < share;
  }

  #pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.#random() * all.length)] as T;
  }

  #some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: Math.ceil(this.#random() * most) }, make);
  }
}

const GATEWAY = { name: 'gateway-api', namespace: 'istio-ingress' };
const ports = () => [{ name: 'http', port: PORT }];
/** As a ServiceEntry says them. */
const numbers = () => [{ name: 'http', number: PORT, protocol: 'HTTP' }];
