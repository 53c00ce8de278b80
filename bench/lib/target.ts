/** What one rollout works on: a namespace with a primary, its Service and routes, and a plan whose waits are an hour long. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../../src/contract/plan.ts';
import type { ClusterConnection, KubeObject, Ref } from '../../src/kubernetes/index.ts';
import { deploymentRef, serviceRef } from '../../src/kubernetes/objects/refs.ts';
import { loadPlanText } from '../../src/plan/index.ts';
import { BENCH_NODE } from './fake-node.ts';

export const IMAGE = 'reviews';
const CANARY = 'reviews-v2';
const PRIMARY = 'reviews-v1';
const READY_MS = 60_000;

export interface BenchTarget {
  plan: Plan;
  /** The plan as JSON, which is YAML too. */
  planText: string;
}

export const canaryRef = ({ plan }: BenchTarget): Ref => deploymentRef(plan.namespace, CANARY);

export const routeRef = ({ plan }: BenchTarget): Ref => istioRef(plan.namespace, 'VirtualService', 'virtualservices');

/** @param prometheus base URL; the pods report nothing to it, so no interval ever has an answer */
export function newTarget(namespace: string, prometheus: string): BenchTarget {
  const planText = JSON.stringify({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name: namespace, namespace },
    spec: {
      workload: { primary: PRIMARY, canary: CANARY, canaryLabels: { version: 'v2' } },
      events: [{ image: IMAGE }],
      traffic: {
        routes: [{ kind: 'VirtualService', name: 'reviews' }],
        primary: { host: 'reviews', subset: 'v1' },
        canary: { host: 'reviews', subset: 'v2' },
        terminationDrain: '0s',
      },
      shift: { weights: [20, 100], every: '1h' },
      analysis: { prometheus, checks: [{ name: 'success-rate', builtin: 'requestSuccessRate', min: 99 }] },
    },
  });
  const loaded = loadPlanText(planText, `${namespace}.json`);
  if ('problems' in loaded)
    throw new Error(loaded.problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
  return { plan: loaded.plan, planText };
}

/** Creates everything; resolves when the primary is ready. */
export async function createTarget(client: ClusterConnection, { plan: { namespace } }: BenchTarget): Promise<void> {
  const place: Ref = { apiVersion: 'v1', resource: 'namespaces', kind: 'Namespace', name: namespace };
  await client.create(place, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (const [ref, object] of objects(namespace)) await client.create(ref, object);
  const end = Date.now() + READY_MS;
  const primary = deploymentRef(namespace, PRIMARY);
  while (Date.now() < end) {
    const found = await client.get<KubeObject & { status?: { readyReplicas?: number } }>(primary);
    if (found?.status?.readyReplicas) return;
    await sleep(100);
  }
  throw new Error(`${namespace}/${PRIMARY} is not ready after ${READY_MS / 1000} s`);
}

function objects(namespace: string): [Ref, KubeObject][] {
  const labels = { app: 'reviews', version: 'v1' };
  const containers = [{ name: 'reviews', image: `${IMAGE}:v1`, ports: [{ containerPort: 9080 }] }];
  const template = { metadata: { labels }, spec: { nodeName: BENCH_NODE, containers } };
  const subsets = ['v1', 'v2'].map((version) => ({ name: version, labels: { version } }));
  const route = [{ destination: { host: 'reviews', subset: 'v1' }, weight: 100 }];
  const specs: [Ref, object][] = [
    [deploymentRef(namespace, PRIMARY), { replicas: 1, selector: { matchLabels: labels }, template }],
    [serviceRef(namespace, 'reviews'), { selector: { app: 'reviews' }, ports: [{ name: 'http', port: 9080 }] }],
    [istioRef(namespace, 'DestinationRule', 'destinationrules'), { host: 'reviews', subsets }],
    [istioRef(namespace, 'VirtualService', 'virtualservices'), { hosts: ['reviews'], http: [{ route }] }],
  ];
  return specs.map(([ref, spec]) => {
    const { apiVersion, kind, name } = ref;
    return [ref, { apiVersion, kind, metadata: { name, namespace }, spec }];
  });
}

function istioRef(namespace: string, kind: string, resource: string): Ref {
  return { apiVersion: 'networking.istio.io/v1', resource, kind, namespace, name: 'reviews' };
}
