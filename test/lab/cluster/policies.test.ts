/** deploy/policies.yaml on the API server: what the product's service account may not write though its roles let it, and a control each. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentLab } from '../../../lab/index.ts';
import type { KubeObject, PatchOperation, Ref } from '../../../src/kubernetes/client/client.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/client/connect.ts';
import {
  autoscalerRef,
  controllerRevisionRef,
  deploymentRef,
  jobRef,
  serviceRef,
} from '../../../src/kubernetes/objects/refs.ts';
import { routeRef } from '../../../src/routers/resolve.ts';
import { eventually } from '../../support/lab/cluster.ts';
import { autoscaler, type Bench, closeBench, deployment, namespaceRef, openBench } from './support.ts';

let bench: Bench;
let sluice: ClusterConnection;
const at = (make: (namespace: string) => Ref) => make(bench.namespace);
const PRIMARY = 'reviews-v1';
const CANARY = 'reviews-v2';
const canary = (namespace: string) => deploymentRef(namespace, CANARY);
const primary = (namespace: string) => deploymentRef(namespace, PRIMARY);
const virtualService = (namespace: string) =>
  routeRef('networking.istio.io/v1', { kind: 'VirtualService', name: 'reviews', namespace });
const httpRoute = (namespace: string) =>
  routeRef('gateway.networking.k8s.io/v1', { kind: 'HTTPRoute', name: 'reviews', namespace });
const service = (namespace: string) => serviceRef(namespace, 'reviews');
const scaler = (namespace: string) => autoscalerRef(namespace, PRIMARY);
const OWN = { 'sluice.dev/owner': 'NAMESPACE/reviews', 'fence.sluice.dev/reviews': '1.1' };

beforeAll(async () => {
  bench = await openBench();
  sluice = connect({ kubeconfig: currentLab().productKubeconfig });
  const { client, namespace, plan } = bench;
  await client.create(at(primary), deployment(plan, PRIMARY, 'v1', 'reviews:v1', 1));
  await client.create(at(canary), deployment(plan, CANARY, 'v2', 'reviews:v1', 0));
  await client.create(at(scaler), autoscaler(plan, PRIMARY, 1, 3));
  await client.create(at(service), {
    metadata: { name: 'reviews' },
    spec: { selector: { app: 'reviews' }, ports: [{ port: 9080 }] },
  });
  const destination = (subset: string) => ({ destination: { host: 'reviews', subset } });
  await client.create(at(virtualService), {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'reviews', namespace },
    spec: {
      hosts: ['reviews'],
      http: [
        {
          match: [{ uri: { prefix: '/admin' } }],
          route: [{ destination: { host: 'admin.example.com' } }],
          timeout: '3s',
        },
        {
          route: [
            { ...destination('v1'), weight: 100 },
            { ...destination('v2'), weight: 0 },
          ],
        },
      ],
    },
  });
  await client.create(at(httpRoute), {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'reviews', namespace },
    spec: {
      hostnames: ['reviews.example.com'],
      rules: [
        { matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ name: 'reviews', port: 9080 }] },
      ],
    },
  });
});
afterAll(async () => {
  await sluice.close();
  await closeBench(bench);
});

const set = (path: string, value: unknown): PatchOperation => ({ op: 'add', path, value });
const pod = '/spec/template/spec';
const container = `${pod}/containers/0`;

describe.each([
  ['the primary, which has pods', primary],
  ['the canary, which has none', canary],
])('of %s it may not change', (_, ref) => {
  it.each<[string, PatchOperation, RegExp]>([
    [
      'the image to another repository',
      set(`${container}/image`, 'evil.example.com/x:v1'),
      /another repository|repository that/,
    ],
    ['the image to one that begins alike', set(`${container}/image`, 'reviews-x:v1'), /repository that/],
    ['the image to one of another port', set(`${container}/image`, 'reviews:5000/x:v1'), /repository that/],
    ['its containers', set(`${pod}/containers/-`, { name: 'x', image: 'evil.example.com/x' }), /Sluice/],
    ['the network of its pods', set(`${pod}/hostNetwork`, true), /network, processes|while it has pods/],
    ['the processes of its pods', set(`${pod}/hostPID`, true), /network, processes|while it has pods/],
    ['its service account', set(`${pod}/serviceAccountName`, 'admin'), /service account|while it has pods/],
    ["its volumes to the node's", set(`${pod}/volumes`, [{ name: 'x', hostPath: { path: '/' } }]), /Sluice/],
    ['its privileges', set(`${container}/securityContext`, { privileged: true }), /Sluice/],
    ['its capabilities', set(`${container}/securityContext`, { capabilities: { add: ['SYS_ADMIN'] } }), /Sluice/],
    ['a port of the node', set(`${container}/ports/0/hostPort`, 80), /Sluice/],
    ['its labels', set('/metadata/labels/team', 'x'), /no label/],
    ['annotations of others', set('/metadata/annotations', { 'example.com/x': 'y' }), /no annotation/],
    ['its finalizers', set('/metadata/finalizers', ['example.com/x']), /no label, finalizer/],
    ['its strategy', set('/spec/strategy', { type: 'Recreate' }), /replicas and pod template/],
    ['whether it is paused', set('/spec/paused', true), /replicas and pod template/],
  ])('%s', async (_what, operation, why) => {
    await expect(sluice.patch(at(ref), [operation])).rejects.toThrow(why);
  });
});

describe('of the primary, while it has pods, it may not change', () => {
  it.each<[string, PatchOperation]>([
    ['what runs', set(`${container}/command`, ['sh', '-c', 'evil'])],
    ['environment', set(`${container}/env`, [{ name: 'X', value: 'y' }])],
    ['labels of pods', set('/spec/template/metadata/labels/team', 'x')],
    ['annotations of pods', set('/spec/template/metadata/annotations/example.com~1note', 'x')],
  ])('%s', async (_, operation) => {
    await expect(sluice.patch(at(primary), [operation])).rejects.toThrow(/while it has pods/);
    await sluice.patch(at(canary), [operation]);
  });
});

it.each<[string, (namespace: string) => Ref, PatchOperation[]]>([
  ['images', primary, [set(`${container}/image`, `reviews:v2@sha256:${'a'.repeat(64)}`)]],
  [
    'replicas and marks',
    canary,
    [set('/metadata/annotations/sluice.dev~1owner', 'demo/reviews'), set('/spec/replicas', 1)],
  ],
  ['marks of pods', primary, [set('/spec/template/metadata/annotations/sluice.dev~1config', 'x')]],
  ['bounds', scaler, [set('/spec/minReplicas', 2), set('/spec/maxReplicas', 9)]],
  ['shares', virtualService, [set('/spec/http/1/route/0/weight', 60), set('/spec/http/1/route/1/weight', 40)]],
  ['a mirror', virtualService, [set('/spec/http/1/mirror', { host: 'reviews', subset: 'v2' })]],
  [
    'a backend of the namespace',
    httpRoute,
    [set('/spec/rules/0/backendRefs/-', { name: 'canary', port: 9080, weight: 0 })],
  ],
])('may change %s', async (_, ref, change) => {
  await sluice.patch(at(ref), change);
});

it.each<[string, (namespace: string) => Ref, PatchOperation, RegExp]>([
  ['what an autoscaler scales', scaler, set('/spec/scaleTargetRef/name', 'other'), /bounds/],
  ['what it looks at', scaler, set('/spec/metrics/0/resource/target/averageUtilization', 1), /bounds/],
  [
    'where users of a route go',
    virtualService,
    set('/spec/http/1/route/0/destination/host', 'evil.example.com'),
    /sends users/,
  ],
  [
    'where users go, to another namespace',
    virtualService,
    set('/spec/http/1/route/0/destination/host', 'x.other.svc.cluster.local'),
    /sends users/,
  ],
  ['where copies go', virtualService, set('/spec/http/1/mirror', { host: 'evil.example.com' }), /sends users/],
  ['hosts', virtualService, set('/spec/hosts', ['evil']), /rules of a route/],
  ['gateways', virtualService, set('/spec/gateways', ['istio-ingress/gateway']), /rules of a route/],
  [
    'which requests a rule takes',
    virtualService,
    set('/spec/http/0/match', [{ uri: { prefix: '/' } }]),
    /no rule of others/,
  ],
  ['how long a rule waits', virtualService, set('/spec/http/1/timeout', '1h'), /shares, mirrors/],
  ['a rule to another', virtualService, { op: 'remove', path: '/spec/http/0' }, /no rule of others/],
  [
    'a rule of nobody',
    virtualService,
    set('/spec/http/0', { match: [{ uri: { prefix: '/x' } }], route: [{ destination: { host: 'reviews' } }] }),
    /rules of its own/,
  ],
  ['hostnames', httpRoute, set('/spec/hostnames', ['evil.example.com']), /rules of a route/],
  ['backends to another namespace', httpRoute, set('/spec/rules/0/backendRefs/0/namespace', 'other'), /sends users/],
  [
    'a filter',
    httpRoute,
    set('/spec/rules/0/filters', [{ type: 'URLRewrite', urlRewrite: { hostname: 'evil.example.com' } }]),
    /shares, mirrors/,
  ],
  ['which requests', httpRoute, set('/spec/rules/0/matches/0/path/value', '/x'), /no rule of others/],
])('may not change %s', async (_, ref, operation, why) => {
  await expect(sluice.patch(at(ref), [operation])).rejects.toThrow(why);
});

/** The API server reads namespaces from a cache, so `first` is tried until it knows what this one says now. */
async function whereNamespaceSays(said: PatchOperation, first: () => Promise<unknown>): Promise<void> {
  await bench.client.patch(at(namespaceRef), [said]);
  await eventually(first, `${said.path} of the namespace allows it`, 20_000);
}

it('may send copies where the namespace lists it', async () => {
  const mirror = (host: string) => sluice.patch(at(virtualService), [set('/spec/http/1/mirror', { host })]);
  const listed = set('/metadata/annotations', { 'sluice.dev/destinations': 'audit.other, a.example.org' });
  await whereNamespaceSays(listed, () => mirror('a.example.org'));
  await mirror('audit.other');
  await expect(mirror('b.example.org')).rejects.toThrow(/lists/);
});

describe('Services', () => {
  it('of others it neither deletes, nor claims, nor changes', async () => {
    await expect(sluice.delete(at(service))).rejects.toThrow(/carries its claim/);
    await expect(sluice.patch(at(service), [set('/metadata/annotations', OWN)])).rejects.toThrow(/carries its claim/);
  });

  it('that are routes it leads elsewhere, where the namespace says so, and changes in nothing else', async () => {
    const { client, namespace } = bench;
    const label = '/metadata/labels/sluice.dev~1services';
    const claimed = [set('/metadata/annotations', { ...OWN, 'sluice.dev/owner': `${namespace}/reviews` })];
    await whereNamespaceSays(set(label, 'routes'), () =>
      sluice.patch(at(service), [...claimed, set('/spec/selector/version', 'v2')]),
    );
    await expect(sluice.patch(at(service), [set('/spec/ports/0/port', 9999)])).rejects.toThrow(/selects/);
    await expect(sluice.patch(at(service), [set('/spec/type', 'NodePort')])).rejects.toThrow(/selects/);
    const foreign = { ...OWN, 'sluice.dev/owner': 'other/plan' };
    await expect(sluice.patch(at(service), [set('/metadata/annotations', foreign)])).rejects.toThrow(
      /carries its claim/,
    );
    await expect(sluice.delete(at(service))).rejects.toThrow(/carries its claim/);
    await client.patch(at(namespaceRef), [{ op: 'remove', path: label }]);
    await client.patch(at(service), [{ op: 'remove', path: '/spec/selector/version' }]);
  });

  const own = (spec: object): KubeObject & { spec: object } => ({
    metadata: { name: 'own', labels: { 'sluice.dev/plan': 'reviews' }, annotations: OWN },
    spec: { selector: { app: 'reviews' }, ports: [{ port: 9080 }], ...spec },
  });

  it.each([
    ['outside the cluster', { type: 'LoadBalancer' }],
    ['on nodes', { type: 'NodePort' }],
    ['for addresses', { externalIPs: ['192.0.2.1'] }],
  ])('%s it does not make', async (_, spec) => {
    await expect(
      sluice.create(
        at((namespace) => serviceRef(namespace, 'own')),
        own(spec),
      ),
    ).rejects.toThrow(/selects pods/);
  });

  it('of its own it makes, changes the selector of, and deletes', async () => {
    const ref = at((namespace) => serviceRef(namespace, 'own'));
    await sluice.create(ref, own({}));
    await sluice.patch(ref, [set('/spec/selector/version', 'v2')]);
    await expect(sluice.patch(ref, [set('/spec/type', 'NodePort')])).rejects.toThrow(/selects/);
    await sluice.delete(ref);
  });
});

describe('what it makes', () => {
  it('Deployments without replicas, with a claim, without ways out of the pod', async () => {
    const { plan, namespace } = bench;
    const ref = deploymentRef(namespace, 'made');
    const made = deployment(plan, 'made', 'v3', 'reviews:v3', 0);
    const annotations = { ...OWN, 'sluice.dev/owner': `${namespace}/reviews` };
    const claimed = { ...made, metadata: { ...made.metadata, annotations } };
    const running = { ...claimed, spec: { ...claimed.spec, replicas: 1 } };
    const { template } = claimed.spec;
    const spec = { ...template.spec, hostNetwork: true };
    const out = { ...claimed, spec: { ...claimed.spec, template: { ...template, spec } } };
    for (const one of [made, running, out])
      await expect(sluice.create(ref, one)).rejects.toThrow(/Sluice|canary is made/);
    await sluice.create(ref, claimed);
  });

  it('where the namespace lists images, no others', async () => {
    const { plan, namespace } = bench;
    const make = (name: string, image: string) => {
      const made = deployment(plan, name, name, image, 0);
      const annotations = { 'sluice.dev/owner': `${namespace}/reviews` };
      return sluice.create(deploymentRef(namespace, name), { ...made, metadata: { ...made.metadata, annotations } });
    };
    const listed = set('/metadata/annotations', { 'sluice.dev/images': 'registry.example.com/a/, reviews:' });
    await whereNamespaceSays(listed, () => make('y', 'registry.example.com/a/x:v1'));
    await expect(make('x', 'registry.example.com/b/x:v1')).rejects.toThrow(/repository/);
    await sluice.patch(at(canary), [set(`${container}/image`, 'registry.example.com/a/reviews:v9')]);
  });

  it('snapshots of its own, which stay as they are; others it does not delete', async () => {
    const { client, namespace } = bench;
    const object = (labels: object) =>
      ({ metadata: { name: 'x', labels }, data: {}, revision: 1 }) as unknown as KubeObject;
    const own = controllerRevisionRef(namespace, 'sluice-reviews-1');
    const other = controllerRevisionRef(namespace, 'reviews-5d4f');
    const make = (ref: Ref, labels: object) =>
      ({ ...object(labels), metadata: { name: ref.name ?? '', labels } }) as KubeObject;
    await client.create(other, make(other, {}));
    await expect(sluice.delete(other)).rejects.toThrow(/its own snapshots/);
    await expect(sluice.create(own, make(own, { 'sluice.dev/plan': 'ratings' }))).rejects.toThrow(/its own snapshots/);
    await sluice.create(own, make(own, { 'sluice.dev/plan': 'reviews' }));
    await sluice.delete(own);
  });

  it('Jobs that stay off their node', async () => {
    const ref = at((namespace) => jobRef(namespace, 'sluice-reviews-1-smoke'));
    const job = (spec: object): KubeObject & { spec: object } => ({
      metadata: { name: ref.name ?? '', annotations: OWN },
      spec: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'reviews:v1' }], ...spec } },
      },
    });
    for (const spec of [
      { hostNetwork: true },
      { nodeName: 'x' },
      { volumes: [{ name: 'x', hostPath: { path: '/' } }] },
    ])
      await expect(sluice.create(ref, job(spec))).rejects.toThrow(/nothing of its node/);
    await sluice.create(ref, job({}));
    await sluice.delete(ref);
  });
});

it('a Deployment may be paused where templates may be any, and resumed', async () => {
  const label = '/metadata/labels/sluice.dev~1templates';
  await whereNamespaceSays(set(label, 'any'), () => sluice.patch(at(canary), [set('/spec/paused', true)]));
  await sluice.patch(at(canary), [{ op: 'remove', path: '/spec/paused' }]);
  await expect(sluice.patch(at(canary), [set('/spec/minReadySeconds', 1)])).rejects.toThrow(
    /replicas and pod template/,
  );
  await bench.client.patch(at(namespaceRef), [{ op: 'remove', path: label }]);
});

it('nobody else is narrowed', async () => {
  await bench.client.patch(at(primary), [set('/metadata/labels/team', 'x')]);
});
