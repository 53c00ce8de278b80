import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { awaitReady } from '../../../src/activities/await-ready.ts';
import { boundAutoscaler } from '../../../src/activities/bound-autoscaler.ts';
import { createDestinations } from '../../../src/activities/create-destinations.ts';
import { raiseFence } from '../../../src/activities/raise-fence.ts';
import { removeDestinations } from '../../../src/activities/remove-destinations.ts';
import { restorePrimary } from '../../../src/activities/restore-primary.ts';
import { scaleCanary } from '../../../src/activities/scale-canary.ts';
import { scaleCanaryToZero } from '../../../src/activities/scale-canary-to-zero.ts';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import type { KubeObject, Ref } from '../../../src/kubernetes/client/client.ts';
import { clusterUid } from '../../../src/kubernetes/client/cluster-uid.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/client/connect.ts';
import {
  autoscalerRef,
  configMapRef,
  deploymentRef,
  secretRef,
  serviceRef,
} from '../../../src/kubernetes/objects/refs.ts';
import { routeRef } from '../../../src/routers/resolve.ts';
import {
  autoscaler,
  type Bench,
  closeBench,
  fenced,
  newRevision,
  openBench,
  planFor,
  quietRun,
  startPrimary,
} from './support.ts';

interface Manifest extends KubeObject {
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  subjects?: { namespace: string; name: string }[];
}

const manifests = (file: string) =>
  parseAllDocuments(readFileSync(join('deploy', file), 'utf8')).map((one) => one.toJS() as Manifest);
const documents = manifests('rbac.yaml');
const FEATURES = readdirSync('deploy/features');
const features = FEATURES.flatMap((file) => manifests(join('features', file)));
/** The watcher is another process with another ServiceAccount. */
const ofWorker = FEATURES.filter((file) => !file.startsWith('watch')).flatMap((file) =>
  manifests(join('features', file)),
);
const RBAC = 'rbac.authorization.k8s.io/v1';
let bench: Bench;
let folder: string;
let sluice: ClusterConnection;

beforeAll(async () => {
  bench = await openBench();
  await bind(bench.namespace);
  folder = mkdtempSync(join(tmpdir(), 'rbac-'));
  sluice = connect({ kubeconfig: impersonating(bench.namespace, folder) });
});
afterAll(async () => {
  await sluice.close();
  await bench.client.delete(identityBindingRef(bench.namespace));
  await bench.client.delete(roleRef(bench.namespace));
  rmSync(folder, { recursive: true });
  await closeBench(bench);
});

function roleRef(name: string): Ref {
  return { apiVersion: RBAC, resource: 'clusterroles', kind: 'ClusterRole', name };
}

/** The shipped roles of base and features under a name of their own, bound to a ServiceAccount of this test's namespace. */
async function bind(namespace: string): Promise<void> {
  const roles = [...documents, ...ofWorker].filter(({ kind }) => kind === 'ClusterRole');
  await bench.client.create(roleRef(namespace), {
    metadata: { name: namespace },
    rules: roles.flatMap(({ rules = [] }) => rules),
  });
  const ref = { apiVersion: RBAC, resource: 'rolebindings', kind: 'RoleBinding', namespace, name: 'sluice' };
  await bench.client.create(ref, {
    metadata: { name: 'sluice' },
    subjects: [{ kind: 'ServiceAccount', name: 'sluice', namespace }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: namespace },
  });
}

function identityBindingRef(name: string): Ref {
  return { apiVersion: RBAC, resource: 'rolebindings', kind: 'RoleBinding', namespace: 'kube-system', name };
}

/** A copy of the kubeconfig whose user acts as that ServiceAccount. */
function impersonating(namespace: string, folder: string): string {
  const source = process.env.KUBECONFIG ?? '';
  const config = parse(readFileSync(source, 'utf8'));
  const absolute = (file: string | undefined) => file && resolve(dirname(source), file);
  for (const { cluster } of config.clusters)
    cluster['certificate-authority'] = absolute(cluster['certificate-authority']);
  for (const { user } of config.users) {
    user['client-certificate'] = absolute(user['client-certificate']);
    user['client-key'] = absolute(user['client-key']);
    user.as = `system:serviceaccount:${namespace}:sluice`;
  }
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, stringify(config));
  return file;
}

describe('deploy/rbac.yaml', () => {
  it('is needed, and enough, to know the cluster', async () => {
    const { client, namespace } = bench;
    await expect(clusterUid(sluice)).rejects.toThrow(/bind Role sluice-cluster of deploy\/rbac.yaml/);
    await client.create(identityBindingRef(namespace), {
      metadata: { name: namespace },
      subjects: [{ kind: 'ServiceAccount', name: 'sluice', namespace }],
      roleRef: documents.find(({ kind, metadata }) => kind === 'RoleBinding' && metadata.namespace === 'kube-system')
        ?.roleRef,
    });
    expect(await clusterUid(sluice)).toBe(await clusterUid(client));
  });

  it('is enough for every activity', async () => {
    const plan = await startPrimary(bench);
    const { namespace } = bench;
    await bench.client.create(autoscalerRef(namespace, 'reviews-v1'), autoscaler(plan, 'reviews-v1', 1, 3));
    const { revision, previous, epoch } = await newRevision(sluice, plan, 'reviews:v2');
    const at = (seq: number) => ({ ...fenced(plan, epoch, seq), revision, previous });
    await scaleCanary(sluice, { ...at(1), replicas: 1, template: true });
    const { autoscaler: bounds } = await boundAutoscaler(sluice, {
      ...at(2),
      side: 'canary',
      bounds: { min: 1, max: 3 },
    });
    expect(bounds).toBeDefined();
    const wait = { ...at(2), side: 'canary' as const, replicas: 1, timeoutMs: 40_000, stableMs: 0 };
    expect(await awaitReady({ client: sluice, lookAtPodsMs: 0 }, wait, quietRun())).toMatchObject({ ready: true });
    await upgradePrimary(sluice, { ...at(3), replicas: 2 });
    await restorePrimary(sluice, at(4));
    await raiseFence(sluice, at(5));
    await scaleCanaryToZero(sluice, { ...at(6), ...(bounds && { autoscaler: bounds }) });
    for (let n = 3; n < 14; n += 1) await newRevision(sluice, plan, `reviews:v${n}00`);
  });

  it('is enough to make and remove the destinations of a canary', async () => {
    const { namespace } = bench;
    const base = planFor(namespace, 'made');
    const destinations = { primary: { host: 'made' }, canary: { host: 'made-canary', subset: 'v2' } };
    const routes = [{ kind: 'VirtualService' as const, name: 'made', namespace }];
    const plan = { ...base, traffic: { ...base.traffic, ...destinations, routes, create: true } };
    const route = routeRef('networking.istio.io/v1', { kind: 'VirtualService', name: 'made', namespace });
    await bench.client.create(route, {
      apiVersion: route.apiVersion,
      kind: route.kind,
      metadata: { name: 'made' },
      spec: { hosts: ['made'], http: [{ route: [{ destination: { host: 'made' } }] }] },
    });
    await bench.client.create(serviceRef(namespace, 'made'), {
      metadata: { name: 'made' },
      spec: { selector: { app: 'made' }, ports: [{ port: 9080 }] },
    });
    const service = `Service ${namespace}/made-canary`;
    const rule = `DestinationRule ${namespace}/made-sluice-canary`;
    expect(await createDestinations(sluice, fenced(plan, 1, 1))).toEqual([`made ${service}`, `made ${rule}`]);
    expect(await removeDestinations(sluice, fenced(plan, 1, 2))).toEqual([`removed ${rule}`, `removed ${service}`]);
    expect(await bench.client.get(serviceRef(namespace, 'made-canary'))).toBeUndefined();
  });

  it.each<[string, (client: ClusterConnection, namespace: string) => Promise<unknown>]>([
    ['delete a Deployment', (client, namespace) => client.delete(deploymentRef(namespace, 'reviews-v1'))],
    ['list Secrets', (client, namespace) => client.list({ ...secretRef(namespace, 'x') })],
    [
      'write a ConfigMap',
      (client, namespace) => client.create(configMapRef(namespace, 'x'), { metadata: { name: 'x' } }),
    ],
    ['read another namespace', (client) => client.get(deploymentRef('kube-system', 'x'))],
  ])('does not let it %s', async (_, attempt) => {
    await expect(attempt(sluice, bench.namespace)).rejects.toMatchObject({ reason: 'forbidden', retryable: false });
  });

  it('has no wildcard, and binds nothing cluster-wide', () => {
    expect(documents.map(({ kind }) => kind)).toEqual([
      ...['Namespace', 'ServiceAccount', 'ClusterRole'],
      ...['Role', 'RoleBinding', 'RoleBinding'],
    ]);
    expect(JSON.stringify([documents, features])).not.toContain('*');
    expect(features.filter(({ kind }) => kind === 'ClusterRoleBinding').map(({ metadata }) => metadata.name)).toEqual([
      'sluice-ways',
    ]);
  });

  const allowing = (all: Manifest[], verb: string) =>
    all.flatMap(({ rules = [] }) => rules.flatMap(({ verbs, resources }) => (verbs.includes(verb) ? resources : [])));

  it('reads no Secrets, and makes and deletes nothing but its snapshots, before features are added', () => {
    expect(JSON.stringify(documents)).not.toContain('secrets');
    expect([allowing(documents, 'create'), allowing(documents, 'delete')]).toEqual([
      ['controllerrevisions'],
      ['controllerrevisions'],
    ]);
    expect(allowing(documents, 'patch').sort()).toEqual(['deployments', 'grpcroutes', 'httproutes', 'virtualservices']);
  });

  it.each([
    ['autoscalers.yaml', ['create horizontalpodautoscalers', 'patch horizontalpodautoscalers']],
    ['canary.yaml', ['create deployments']],
    [
      'destinations.yaml',
      ['services', 'destinationrules'].flatMap((one) => ['create', 'patch', 'delete'].map((verb) => `${verb} ${one}`)),
    ],
    ['jobs.yaml', ['create jobs', 'get jobs', 'delete jobs']],
    ['plans.yaml', ['list rolloutplans']],
    ['secrets.yaml', ['get secrets']],
    ['plan-status.yaml', ['get rolloutplans', 'patch rolloutplans/status']],
    [
      'watch.yaml',
      [
        ...['deployments', 'configmaps'].flatMap((one) => ['get', 'list', 'watch'].map((verb) => `${verb} ${one}`)),
        ...['list rolloutplans', 'create leases', 'get leases', 'patch leases'],
      ],
    ],
    ['watch-secrets.yaml', ['get secrets', 'list secrets', 'watch secrets']],
    ['services.yaml', ['watch services', 'patch services', 'list endpointslices']],
  ])('features/%s adds what it is about', (file, verbs) => {
    const rules = manifests(join('features', file)).flatMap((one) => one.rules ?? []);
    expect(
      rules.flatMap((rule) => rule.resources.flatMap((one) => rule.verbs.map((verb) => `${verb} ${one}`))),
    ).toEqual(verbs);
  });
});
