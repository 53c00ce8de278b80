/** What one rollout works on: a primary, its Service and routes, and a plan whose waits are an hour long unless it says otherwise. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../../src/contract/plan.ts';
import type { ClusterConnection, KubeObject, Ref } from '../../src/kubernetes/index.ts';
import { deploymentRef, serviceRef } from '../../src/kubernetes/objects/refs.ts';
import { loadPlanText } from '../../src/plan/index.ts';
import { BENCH_SCHEDULER } from './fake-node.ts';

export const IMAGE = 'reviews';
const READY_MS = 60_000;

export interface BenchTarget {
  plan: Plan;
  /** The plan as JSON, which is YAML too. */
  planText: string;
  /** Name of its Service and routes; the Deployments are `<app>-v1` and `<app>-v2`. */
  app: string;
}

export interface NewTarget {
  namespace: string;
  /** Default `reviews`. */
  app?: string;
  /** Base URL. */
  prometheus: string;
  /** Parts of the plan's `spec` instead of those for a wait of an hour at weight 20. */
  spec?: object;
}

export const canaryRef = ({ plan }: BenchTarget): Ref => deploymentRef(plan.namespace, plan.workload.canary);

export const routeRef = ({ plan, app }: BenchTarget): Ref =>
  istioRef({ namespace: plan.namespace, app }, 'VirtualService', 'virtualservices');

const REQUESTS = { name: 'success-rate', builtin: 'requestSuccessRate', min: 99 };
const PODS = { name: 'pods', builtin: 'podHealth' };

/** Without a mesh that reports something (`fake-mesh.ts`) pods are all there is to check. */
export function newTarget({ namespace, app = 'reviews', prometheus, spec }: NewTarget): BenchTarget {
  const name = app === 'reviews' ? namespace : app;
  const planText = JSON.stringify({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name, namespace },
    spec: {
      workload: { primary: `${app}-v1`, canary: `${app}-v2`, canaryLabels: { version: 'v2' } },
      events: [{ image: IMAGE }],
      traffic: {
        routes: [{ kind: 'VirtualService', name: app }],
        primary: { host: app, subset: 'v1' },
        canary: { host: app, subset: 'v2' },
        terminationDrain: '0s',
      },
      shift: { weights: [20, 100], every: '1h' },
      analysis: { prometheus, checks: [spec ? REQUESTS : PODS] },
      ...spec,
    },
  });
  const loaded = loadPlanText(planText, `${name}.json`);
  if ('problems' in loaded)
    throw new Error(loaded.problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
  return { plan: loaded.plan, planText, app };
}

/** Creates everything, the namespace too when it is missing; resolves when the primary is ready. */
export async function createTarget(client: ClusterConnection, { plan, app }: BenchTarget): Promise<void> {
  const { namespace } = plan;
  const place: Ref = { apiVersion: 'v1', resource: 'namespaces', kind: 'Namespace', name: namespace };
  const made = client.create(place, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await made.catch(async (error: unknown) => {
    if (!(await client.get(place))) throw error;
  });
  for (const [ref, object] of objects(namespace, app)) await client.create(ref, object);
  const end = Date.now() + READY_MS;
  const primary = deploymentRef(namespace, plan.workload.primary);
  while (Date.now() < end) {
    const found = await client.get<KubeObject & { status?: { readyReplicas?: number } }>(primary);
    if (found?.status?.readyReplicas) return;
    await sleep(200);
  }
  throw new Error(`${namespace}/${plan.workload.primary} is not ready after ${READY_MS / 1000} s`);
}

function objects(namespace: string, app: string): [Ref, KubeObject][] {
  const labels = { app, version: 'v1' };
  const containers = [{ name: 'reviews', image: `${IMAGE}:v1`, ports: [{ containerPort: 9080 }] }];
  const template = { metadata: { labels }, spec: { schedulerName: BENCH_SCHEDULER, containers } };
  const subsets = ['v1', 'v2'].map((version) => ({ name: version, labels: { version } }));
  const route = [{ destination: { host: app, subset: 'v1' }, weight: 100 }];
  const place = { namespace, app };
  const specs: [Ref, object][] = [
    [deploymentRef(namespace, `${app}-v1`), { replicas: 1, selector: { matchLabels: labels }, template }],
    [serviceRef(namespace, app), { selector: { app }, ports: [{ name: 'http', port: 9080 }] }],
    [istioRef(place, 'DestinationRule', 'destinationrules'), { host: app, subsets }],
    [istioRef(place, 'VirtualService', 'virtualservices'), { hosts: [app], http: [{ route }] }],
  ];
  return specs.map(([ref, spec]) => {
    const { apiVersion, kind, name } = ref;
    return [ref, { apiVersion, kind, metadata: { name, namespace }, spec }];
  });
}

function istioRef({ namespace, app }: { namespace: string; app: string }, kind: string, resource: string): Ref {
  return { apiVersion: 'networking.istio.io/v1', resource, kind, namespace, name: app };
}
