/** Two clusters, two labs, at one Temporal: under one name, and under two (order rule 14). */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { down, type LabState, openForward, up } from '../../lab/index.ts';
import type { Prober } from '../../lab/prober/index.ts';
import type { KubeObject, Ref } from '../../src/kubernetes/client/client.ts';
import { connect } from '../../src/kubernetes/client/connect.ts';
import type { Deployment } from '../../src/kubernetes/objects/deployments.ts';
import { deploymentRef, serviceRef } from '../../src/kubernetes/objects/refs.ts';
import { routeRef } from '../../src/routers/resolve.ts';
import { eventually, getJson, lab, productRequests, productWrites } from '../support/lab/cluster.ts';
import { Reviews } from '../support/lab/reviews.ts';
import { ClusterSluice } from '../support/lab/sluice.ts';

/** A cluster with pods and without users. */
const WITHOUT = ['istiod', 'pod-metrics', 'prometheus', 'temporal', 'smtp'];
const ISTIO = 'networking.istio.io/v1';

const name = `two-${process.pid}`;
let other: LabState;
let app: Reviews;
let users: Prober;
let port: number;
let close: () => void;

beforeAll(async () => {
  [other, app] = await Promise.all([up({ name, without: WITHOUT }), Reviews.create('two')]);
  ({ port, close } = await openForward(other.forwardSocket, 0, '127.0.0.1:6443'));
  await copyObjects();
  users = app.users();
});

afterAll(async () => {
  close?.();
  await users?.stop();
  await Promise.all([down(name), app?.remove()]);
});

/** A kubeconfig of the other cluster as it is seen from this one. */
function kubeconfigOf(source: string): string {
  const config = parse(readFileSync(source, 'utf8'));
  const absolute = (file: string | undefined) => file && resolve(dirname(source), file);
  for (const { cluster } of config.clusters) {
    cluster.server = `https://127.0.0.1:${port}`;
    cluster['certificate-authority'] = absolute(cluster['certificate-authority']);
  }
  for (const { user } of config.users) {
    user['client-certificate'] = absolute(user['client-certificate']);
    user['client-key'] = absolute(user['client-key']);
  }
  const file = join(other.dir, `from-outside-${source.split('/').at(-1)}`);
  writeFileSync(file, stringify(config));
  return file;
}

const logOf = ({ cluster }: ClusterSluice, worker: number) =>
  readFileSync(join(lab.dir, 'sluice', `${cluster}-worker-${worker}.log`), 'utf8');

/** The same names in the other cluster: whatever is written there by mistake finds something to write. */
async function copyObjects(): Promise<void> {
  const { namespace } = app;
  const client = connect({ kubeconfig: kubeconfigOf(other.kubeconfig) });
  const inIstio = (kind: string): Ref => routeRef(ISTIO, { kind, namespace, name: 'reviews' });
  const refs = [
    deploymentRef(namespace, 'reviews-v1'),
    serviceRef(namespace, 'reviews'),
    inIstio('DestinationRule'),
    inIstio('VirtualService'),
  ];
  const namespaceRef = { apiVersion: 'v1', resource: 'namespaces', kind: 'Namespace', name: namespace };
  await client.create(namespaceRef, { metadata: { name: namespace } });
  for (const ref of refs) {
    const { spec } = await getJson<KubeObject>(namespace, ref.resource, ref.name);
    const { clusterIP: _, clusterIPs: __, ...own } = spec as Record<string, unknown>;
    await client.create(ref, { apiVersion: ref.apiVersion, kind: ref.kind, metadata: { name: ref.name }, spec: own });
  }
  await eventually(async () => {
    const primary = await client.get<Deployment>(deploymentRef(namespace, 'reviews-v1'));
    return primary?.status?.readyReplicas === 2 || undefined;
  }, 'pods in the other cluster');
  await client.close();
}

/** Its work is many small activities, of which each worker gets some. */
const quickPlan = () => {
  const shift = { weights: [20, 40, 60, 80, 100], everyMs: 3_000 };
  return app.plan({ acceptance: [], load: undefined, mirror: undefined, shift });
};

test('under one name: who comes second does not start, and one that got in does nothing', async () => {
  const sluice = await ClusterSluice.start();
  const plan = quickPlan();
  try {
    const environment = { KUBECONFIG: kubeconfigOf(other.productKubeconfig) };
    const refused = await sluice.startWorker(environment);
    expect(refused.exitCode).toBe(2);
    expect(logOf(sluice, 1)).toMatch(
      new RegExp(
        `the name ${sluice.cluster} is that of cluster \\w{8}…: worker \\d+@\\w{8}@\\S+ was seen \\d+ s ago; this worker's cluster is \\w{8}…`,
      ),
    );
    expect(logOf(sluice, 1)).toContain('another name: --cluster NAME');

    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ steps }) => steps[0]?.state === 'done', 'detected in the right cluster');
    // a cluster that is away keeps no worker from starting
    close();
    await sluice.startWorker(environment);
    ({ port, close } = await openForward(other.forwardSocket, port, '127.0.0.1:6443'));
    expect((await sluice.result(plan)).outcome?.kind).toBe('promoted');
    expect(logOf(sluice, 2)).toContain('two clusters are served under one name');
  } finally {
    await sluice.stop();
  }
  expect(await productWrites(app.namespace)).not.toEqual([]);
  expect(await productRequests(app.namespace, other.auditLog)).toEqual([]);
});

test('under two names: each does its own', async () => {
  const [here, there] = [
    await ClusterSluice.start(),
    await ClusterSluice.start({ environment: { KUBECONFIG: kubeconfigOf(other.productKubeconfig) } }),
  ];
  const plan = quickPlan();
  try {
    expect(await there.deliver(plan, 'reviews:v3')).toMatchObject({ status: 'started' });
    await there.until(plan, ({ steps }) => steps[1]?.state === 'done', 'the canary is scaled there');
    await there.act(plan, 'abort');
    expect((await there.result(plan)).outcome?.kind).toBe('aborted');
    const written = await productWrites(app.namespace, other.auditLog);
    expect(written).toContain('patch deployments/reviews-v2');
    await here.deliver(plan, 'reviews:v3');
    expect((await here.result(plan)).outcome?.kind).toBe('promoted');
    expect(await productWrites(app.namespace, other.auditLog)).toEqual(written);
    const route = await eventually(() => app.weights(), 'the route');
    expect(route).toEqual({ primary: 100, canary: 0, mirror: 0 });
  } finally {
    await Promise.all([here.stop(), there.stop()]);
  }
});
