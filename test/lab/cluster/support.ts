/** A namespace of its own for each test file, in the cluster of `KUBECONFIG`, with small Deployments in it. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { currentLab } from '../../../lab/index.ts';
import { createCanary } from '../../../src/activities/create-canary.ts';
import { type DetectDeps, detect } from '../../../src/activities/detect.ts';
import type { ActivityRun } from '../../../src/activities/support/activity.ts';
import { LoadTurns } from '../../../src/activities/support/load-turns.ts';
import type { FencedTarget } from '../../../src/contract/activities.ts';
import type { Detected, NewRevision } from '../../../src/contract/detected.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../../../src/kubernetes/client/client.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/client/connect.ts';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import type { Autoscaler } from '../../../src/kubernetes/objects/autoscalers.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { autoscalerRef, configMapRef, deploymentRef } from '../../../src/kubernetes/objects/refs.ts';
import { Prometheus } from '../../../src/metrics/prometheus.ts';

export interface Bench {
  client: ClusterConnection;
  namespace: string;
  plan: Plan;
}

export async function openBench(): Promise<Bench> {
  const client = connect();
  const namespace = `it-${randomBytes(4).toString('hex')}`;
  await client.create(namespaceRef(namespace), { metadata: { name: namespace } });
  return { client, namespace, plan: planFor(namespace) };
}

export async function closeBench({ client, namespace }: Bench): Promise<void> {
  await client.delete(namespaceRef(namespace));
  await client.close();
}

/** To the product's service account, in the namespace of this file. @param role ClusterRole of deploy/ */
export async function bindRole({ client, namespace }: Bench, role: string): Promise<void> {
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'rolebindings', kind: 'RoleBinding' };
  await client.create(
    { ...rbac, namespace, name: role },
    {
      metadata: { name: role },
      ...{ subjects: [{ kind: 'ServiceAccount', name: 'sluice', namespace: 'sluice' }] },
      ...{ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role } },
    },
  );
}

export function namespaceRef(name: string): Ref {
  return { apiVersion: 'v1', resource: 'namespaces', kind: 'Namespace', name };
}

/** The kind RolloutPlan as it is shipped, for every file that needs it: it stays, as another may be in the middle. */
export async function knowPlans(client: KubeClient, namespace: string): Promise<void> {
  const crd = parse(readFileSync('deploy/crds/rolloutplans.yaml', 'utf8')) as KubeObject;
  const group = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
  const ref = { ...group, kind: 'CustomResourceDefinition', name: 'rolloutplans.sluice.dev' };
  if (await client.get(ref)) await client.patch(ref, [{ op: 'replace', path: '/spec', value: crd.spec }]);
  else await client.create(ref, crd).catch(unlessThere);
  const plans = { apiVersion: 'sluice.dev/v1alpha1', resource: 'rolloutplans', kind: 'RolloutPlan', namespace };
  await until(async () => (await client.list(plans).catch(() => undefined)) !== undefined);
}

function unlessThere(error: unknown): void {
  if (!(error instanceof ClusterError && error.reason === 'conflict')) throw error;
}

export function planFor(namespace: string, name = 'reviews'): Plan {
  return {
    name,
    namespace,
    workload: {
      primary: `${name}-v1`,
      canary: `${name}-v2`,
      canaryLabels: { version: 'v2' },
      containers: [name],
      adoptRunning: false,
    },
    events: [{ image: name }],
    traffic: {
      routes: [],
      primary: { host: name, subset: 'v1' },
      canary: { host: name, subset: 'v2' },
      terminationDrainMs: 1000,
      allowUngoverned: false,
    },
    scale: { canary: { replicas: 1, matchWeight: true }, primary: {}, readyTimeoutMs: 60_000 },
    acceptance: [],
    shift: { weights: [50, 100], everyMs: 1000 },
    analysis: { prometheus: 'http://127.0.0.1:9090', checks: [], failureThreshold: 1, noAnswerLimit: 1 },
    onNewRevision: 'supersede',
    notify: [],
    needsYou: { againMs: 1_800_000 },
  };
}

/** A Deployment whose pods the lab can run, with selectors in its own template. */
export function deployment(plan: Plan, name: string, version: string, image: string, replicas: number): Deployment {
  const app = plan.name;
  const labels = { app, version };
  const own = { labelSelector: { matchLabels: labels } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: plan.namespace, labels: { app } },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, team: 'books' }, annotations: { 'example.com/note': 'kept' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: app,
              image,
              ports: [{ containerPort: 9080 }],
              readinessProbe: { httpGet: { path: '/health', port: 9080 }, periodSeconds: 1 },
              envFrom: [{ configMapRef: { name: 'settings', optional: true } }],
            },
          ],
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 1, podAffinityTerm: { ...own, topologyKey: 'kubernetes.io/hostname' } },
              ],
            },
          },
          topologySpreadConstraints: [
            { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', ...own },
          ],
        },
      },
    },
  };
}

/** A plan of its own with a primary whose pods are ready. */
export async function startPrimary({ client, namespace }: Bench, image = 'reviews:v1', replicas = 2): Promise<Plan> {
  const plan = planFor(namespace, 'reviews');
  await removeAll({ client, namespace, plan });
  const ref = deploymentRef(namespace, plan.workload.primary);
  await client.create(ref, deployment(plan, plan.workload.primary, 'v1', image, replicas));
  await until(async () => {
    const found = await client.get<Deployment>(ref);
    return found?.status?.readyReplicas === replicas && found.status.observedGeneration === found.metadata.generation;
  });
  return plan;
}

async function removeAll({ client, namespace, plan }: Bench): Promise<void> {
  const { primary, canary } = plan.workload;
  const names = [primary, canary];
  const refs = names.flatMap((name) => [deploymentRef(namespace, name), autoscalerRef(namespace, name)]);
  await Promise.all([...refs, configMapRef(namespace, 'settings')].map((ref) => client.delete(ref)));
  const snapshots = { apiVersion: 'apps/v1', resource: 'controllerrevisions', kind: 'ControllerRevision', namespace };
  const left = await client.list<KubeObject>(snapshots);
  await Promise.all(left.map(({ metadata }) => client.delete({ ...snapshots, name: metadata.name })));
  await until(async () => (await client.get(deploymentRef(namespace, primary))) === undefined);
}

export function autoscaler(plan: Plan, target: string, min: number, max: number): Autoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: target, namespace: plan.namespace },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
      minReplicas: min,
      maxReplicas: max,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  };
}

/** Routes that nothing is wrong with. */
export const noRoutes: DetectDeps['inspectRoutes'] = async () => ({
  found: { rules: [] },
  uids: {},
  problems: [],
  warnings: [],
});

/** The lab's own. */
export const prometheus: DetectDeps['prometheus'] = () => new Prometheus(currentLab().prometheus);
/** Of the load tests of a worker. */
export const turns = new LoadTurns();

let deliveries = 0;

/** Offers an image (absent: configuration only) as a delivery and run of its own. */
export function offerImage(
  client: KubeClient,
  plan: Plan,
  image?: string,
  inspectRoutes = noRoutes,
  revisionKeys: DetectDeps['revisionKeys'] = [],
): Promise<Detected> {
  deliveries += 1;
  return detect(
    { client, clusterUid: 'uid', inspectRoutes, prometheus, turns, revisionKeys },
    detectInput(plan, image, `test/${deliveries}`, `run-${deliveries}`),
  );
}

export function detectInput(plan: Plan, image: string | undefined, id: string, run: string, startedAt?: string) {
  const event = { source: 'test', deliveryId: id, receivedAt: '2026-01-01T00:00:00Z', ...(image && { image }) };
  return { offer: { id, plan, event }, cluster: 'local', run, startedAt };
}

/** With a canary to scale. */
export async function newRevision(client: KubeClient, plan: Plan, image?: string): Promise<NewRevision> {
  const detected = await offerImage(client, plan, image);
  if (detected.kind !== 'new') throw new Error(`not new: ${JSON.stringify(detected)}`);
  const { uids, epoch, withoutCanary } = detected;
  if (withoutCanary) Object.assign(uids, await createCanary(client, fenced(plan, epoch, 0)));
  return detected;
}

export function fenced(plan: Plan, epoch: number, seq: number): FencedTarget {
  return { plan, cluster: 'local', clusterUid: 'uid', rollout: `${plan.name}-${epoch}`, epoch, fence: { epoch, seq } };
}

export function quietRun(): ActivityRun & { said: unknown[] } {
  const said: unknown[] = [];
  return { said, signal: AbortSignal.timeout(60_000), heartbeat: (details) => void said.push(details) };
}

/** @throws Error when it has not become true within 30 s */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('not within 30 s');
    await sleep(100);
  }
}

export async function read<T extends KubeObject>(client: KubeClient, ref: Ref): Promise<T> {
  const found = await client.get<T>(ref);
  if (!found) throw new Error(`${ref.kind} ${ref.name} is not there`);
  return found;
}
