import type { MirrorSpec } from '../../../../src/contract/mirror.ts';
import type { MirrorPlacement } from '../../../../src/contract/mirror-activities.ts';
import type { KubeObject, ListOptions, Ref } from '../../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../../src/kubernetes/client/errors.ts';
import { inspectMirror } from '../../../../src/routers/mirror/index.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';

export const ROUTE = { kind: 'VirtualService', name: 'forecast-route', namespace: 'weather' } as const;
/** The annotation that claims a route for a mirror. */
export const CLAIM = 'sluice.dev/mirror';

export const to = (subset: string, weight: number) => ({ destination: { host: 'forecast', subset }, weight });
export const ON_V2 = { timeout: '5s', route: [to('v1', 0), to('v2', 100)] };

/** The forecast service with two versions, everybody on v2. Lists in namespaces alone, as a Role allows it. */
export class Weather extends FakeCluster {
  constructor() {
    super();
    this.add('services', 'forecast', { selector: { app: 'forecast' }, ports: [{ port: 3002 }] });
    this.add('destinationrules', 'forecast', {
      host: 'forecast',
      subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })),
    });
    for (const version of ['v1', 'v2']) this.pod(`forecast-${version}-5d4f-abcde`, { app: 'forecast', version });
    this.route([ON_V2]);
  }

  override async list<T extends KubeObject>(ref: Omit<Ref, 'name'>, options?: ListOptions): Promise<T[]> {
    if (ref.namespace !== undefined) return super.list<T>(ref, options);
    throw new ClusterError({ verb: 'list', object: ref.kind, reason: 'forbidden', status: 403 });
  }

  add(resource: string, name: string, spec: object, more: object = {}, namespace = 'weather'): void {
    this.put(resource, { metadata: { name, namespace, ...more }, spec: spec as Record<string, unknown> });
  }

  pod(name: string, labels: Record<string, string>, ready = 'True', namespace = 'weather'): void {
    const set = name.replace(/-[a-z]+$/, '');
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set, uid: '1', controller: true };
    this.put('pods', {
      metadata: { name, namespace, labels: { ...labels, 'pod-template-hash': '5d4f' }, ownerReferences: [owner] },
      spec: { containers: [] },
      status: { conditions: [{ type: 'Ready', status: ready }] },
    });
  }

  route(http: object[], annotations?: Record<string, string>): void {
    this.add('virtualservices', 'forecast-route', { hosts: ['forecast'], http }, annotations ? { annotations } : {});
  }

  stored(): KubeObject {
    return this.objects.get('virtualservices/weather/forecast-route') as KubeObject;
  }

  rules(): Record<string, unknown>[] {
    return (this.stored().spec as { http: Record<string, unknown>[] }).http;
  }

  async placed(spec: MirrorSpec): Promise<MirrorPlacement> {
    const seen = await inspectMirror(this, spec, 'uid');
    if (seen.kind === 'refused') throw new Error(JSON.stringify(seen.problems));
    return seen.placement;
  }

  async refusedBecause(changes: Partial<MirrorSpec>): Promise<string> {
    const seen = await inspectMirror(this, specFor(changes), 'uid');
    if (seen.kind === 'ready') return 'ready';
    return seen.problems.map(({ where, problem }) => `${where} ${problem}`).join('; ');
  }
}

export function specFor(changes: Partial<MirrorSpec> = {}): MirrorSpec {
  return {
    name: 'watch',
    namespace: 'weather',
    cluster: 'local',
    route: ROUTE,
    from: { host: 'forecast', subset: 'v2' },
    to: { host: 'forecast', subset: 'v1' },
    percent: 100,
    unsafeMethods: false,
    prometheus: 'http://127.0.0.1:9090',
    ...changes,
  };
}
