/**
 * Every way to canary pods that istiod's route table has is named by the preflight: generated VirtualServices, HTTPRoutes and
 * Services, judged by what the gateway's and a sidecar's Envoy got from istiod, and by whose pods are behind their clusters.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/index.ts';
import { inspectRoutes } from '../../../src/routers/index.ts';
import { apply, eventually, kubectl, lab } from '../../support/lab/cluster.ts';
import { type Arrangement, arrange } from '../../support/lab/generated-ways.ts';
import { program } from '../../support/lab/lab-app.ts';
import { seededRandom } from '../../support/random.ts';
import { gateway } from './istio-support.ts';

const BATCH = 50;
const SEED = Number(process.env.SEED ?? 1);
const RESOURCES: Record<string, string> = {
  VirtualService: 'apis/networking.istio.io/v1 virtualservices',
  DestinationRule: 'apis/networking.istio.io/v1 destinationrules',
  ServiceEntry: 'apis/networking.istio.io/v1 serviceentries',
  HTTPRoute: 'apis/gateway.networking.k8s.io/v1 httproutes',
  GRPCRoute: 'apis/gateway.networking.k8s.io/v1 grpcroutes',
  Service: 'api/v1 services',
};
const LABELS = {
  primaryPodLabels: { app: 'ways', version: 'v1' },
  canaryPodLabels: { app: 'ways', version: 'v2' },
};
const namespace = `ways-${process.pid}`;
let client: ClusterConnection;
let admin: ClusterConnection;
let pods: { primary: string; canary: string };

beforeAll(async () => {
  client = connect({ kubeconfig: lab.productKubeconfig });
  admin = connect({ kubeconfig: lab.kubeconfig });
  await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
  await apply([
    program({ name: 'ways-v1', namespace }, LABELS.primaryPodLabels, 'reviews:v1', { replicas: 1 }),
    program({ name: 'ways-v2', namespace }, LABELS.canaryPodLabels, 'reviews:v2', { replicas: 1 }),
    gateway(namespace, { hosts: ['*.test'], port: { name: 'http', number: 8080, protocol: 'HTTP' } }, 'ways'),
  ]);
  for (const name of ['ways-v1', 'ways-v2'])
    await kubectl('-n', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=60s');
  pods = { primary: await addressOf('v1'), canary: await addressOf('v2') };
}, 120_000);

afterAll(async () => {
  await kubectl('delete', 'namespace', namespace, '--wait=false');
  await Promise.all([client?.close(), admin?.close()]);
});

test('of 20 arrangements', () => expectAllNamed(20), 120_000);
test('of 500 arrangements', { tags: ['repeat'], timeout: 900_000 }, () => expectAllNamed(500));

async function expectAllNamed(count: number): Promise<void> {
  const seen = { there: 0, missed: [] as string[], more: [] as string[] };
  for (let from = 0; from < count; from += BATCH) {
    const random = seededRandom(SEED, `ways-${from}`);
    const size = Math.min(BATCH, count - from);
    const batch = Array.from({ length: size }, (_, n) => arrange(namespace, `w${from + n}`, random));
    await Promise.all(batch.map(({ objects }) => create(objects)));
    const table = await settledTable(`w${from + size - 1}`);
    for (const one of batch) await judge(one, table, seen);
    const kinds = Object.values(RESOURCES).map((one) => one.replace(' ', `/namespaces/${namespace}/`));
    await Promise.all(kinds.map((path) => kubectl('delete', '--raw', `/${path}`)));
  }
  console.log(
    `${count} arrangements, seed ${SEED}: ${seen.there} ways in the tables, ${seen.missed.length} missed, ${seen.more.length} named that are not there${seen.more.length > 0 ? `: ${seen.more.slice(0, 40).join('; ')}` : ''}`,
  );
  expect(seen.missed).toEqual([]);
  expect(seen.there).toBeGreaterThan(count / 2);
}

/** kubectl would take a second for every few. */
async function create(objects: KubeObject[]): Promise<void> {
  for (const object of objects) {
    const { apiVersion = '', kind = '', metadata } = object;
    const resource = RESOURCES[kind]?.split(' ')[1] ?? '';
    await admin.create({ apiVersion, kind, resource, namespace, name: metadata.name }, object);
  }
}

/** Ways by name, apart those that are the canary's own Services. */
async function judge(
  { plan, names }: Arrangement,
  table: Map<string, string>,
  seen: { there: number; missed: string[]; more: string[] },
): Promise<void> {
  const { problems, warnings } = await inspectRoutes(client, plan, LABELS);
  const said = [...problems.map(({ where, problem }) => `${where} ${problem}`), ...warnings];
  for (const [where, name] of names) {
    const there = table.get(name);
    const named = said.some((one) => one.startsWith(`${where} `) && /canary/.test(one));
    if (there) seen.there += 1;
    if (there && !named) seen.missed.push(`${where} (${there})`);
    // where a route stands between, a Service is named for callers outside the mesh
    if (named && !there && !where.startsWith('Service')) seen.more.push(where);
  }
}

/** Once nothing changes any more: what leads to canary pods, by the name of the route or the host, with how. */
async function settledTable(last: string): Promise<Map<string, string>> {
  let before = '';
  return eventually(
    async () => {
      const ways = new Map((await Promise.all(Object.values(lab.envoyAdmin).map(waysOf))).flat());
      const now = JSON.stringify([...ways].sort());
      const same = now === before && now.includes(`${last}.${namespace}`);
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return same ? ways : undefined;
    },
    'the route tables have settled',
    90_000,
  );
}

interface EnvoyRoute {
  name?: string;
  route?: {
    cluster?: string;
    weighted_clusters?: { clusters: { name: string; weight?: number }[] };
    request_mirror_policies?: { cluster: string }[];
  };
}

async function waysOf(admin: string): Promise<[string, string][]> {
  const [dump, behind] = await Promise.all([dumpOf(admin), endpointsOf(admin)]);
  const canary = (cluster: string) => behind.get(cluster)?.has(pods.canary) === true;
  const both = (cluster: string) => canary(cluster) && behind.get(cluster)?.has(pods.primary) === true;
  return dump.flatMap(({ name: host, routes }) =>
    routes.flatMap(({ name = '', route = {} }): [string, string][] => {
      const weighted = route.weighted_clusters?.clusters.filter(({ weight = 0 }) => weight > 0).map((one) => one.name);
      const live = weighted ?? (route.cluster ? [route.cluster] : []);
      const copies = (route.request_mirror_policies ?? []).map(({ cluster }) => cluster);
      // a host without rules of its own: of interest is whose callers meet both
      if (name === 'default' || name === '') return live.some(both) ? [[host.replace(/:\d+$/, ''), 'direct']] : [];
      const how = [live.some(canary) && 'users', copies.some(canary) && 'copies'].filter(Boolean).join(' and ');
      return how ? [[name, how]] : [];
    }),
  );
}

async function dumpOf(admin: string): Promise<{ name: string; routes: EnvoyRoute[] }[]> {
  const answer = await fetch(`${admin}/config_dump?resource=dynamic_route_configs`);
  const { configs } = (await answer.json()) as {
    configs: { route_config: { virtual_hosts?: { name: string; routes?: EnvoyRoute[] }[] } }[];
  };
  const all = configs.flatMap(({ route_config }) => route_config.virtual_hosts ?? []);
  return all.map(({ name, routes = [] }) => ({ name, routes }));
}

/** Addresses by cluster. */
async function endpointsOf(admin: string): Promise<Map<string, Set<string>>> {
  const answer = await fetch(`${admin}/clusters?format=json`);
  const { cluster_statuses } = (await answer.json()) as {
    cluster_statuses: { name: string; host_statuses?: { address?: { socket_address?: { address: string } } }[] }[];
  };
  return new Map(
    cluster_statuses.map(({ name, host_statuses = [] }) => [
      name,
      new Set(host_statuses.flatMap(({ address }) => address?.socket_address?.address ?? [])),
    ]),
  );
}

async function addressOf(version: string): Promise<string> {
  const text = await kubectl('-n', namespace, 'get', 'pods', '-l', `version=${version}`, '-o', 'json');
  return (JSON.parse(text) as { items: { status: { podIP: string } }[] }).items[0]?.status.podIP ?? '';
}
