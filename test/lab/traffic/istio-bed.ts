/** What the tests of Istio's routes stand on: reviews with a canary, and VirtualServices that a test writes and Sluice changes. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { FencedTarget } from '../../../src/contract/activities.ts';
import type { RouteFound } from '../../../src/contract/detected.ts';
import { AT_REST, type RouteIntent } from '../../../src/contract/intent.ts';
import type { Plan, TrafficPlan } from '../../../src/contract/plan.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/index.ts';
import { applyIntent, inspectRoutes } from '../../../src/routers/index.ts';
import { apply, getJson, lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { readIntent } from '../../support/read-intent.ts';
import { expectShare } from '../../support/statistics.ts';
import { deployCanary, type GatewayAnswer, gateway } from './istio-support.ts';

export const LABELS = {
  primaryPodLabels: { app: 'reviews', version: 'v1' },
  canaryPodLabels: { app: 'reviews', version: 'v2' },
};
export const SUBSETS = { primary: { host: 'reviews', subset: 'v1' }, canary: { host: 'reviews', subset: 'v2' } };

export let app: Reviews;
export let client: ClusterConnection;
let seq = 0;

/** Sets up the file that calls it; its users come in by these names below the host of the app. */
export function standOnReviews(label: string, names: string[]): void {
  beforeAll(async () => {
    app = await Reviews.create(label, { replicas: 1 });
    await deployCanary(app.namespace, 'reviews:v2');
    client = connect({ kubeconfig: lab.productKubeconfig });
    await apply([gateway(app.namespace, { hosts: names.map((name) => `${name}.${app.host}`), port: http })]);
  }, 120_000);

  afterAll(async () => {
    await app.remove();
    await client.close();
  });
}

export const http = { name: 'http', number: 8080, protocol: 'HTTP' };

export function virtualService(name: string, spec: object, namespace = app.namespace, version = 'v1'): object {
  return {
    apiVersion: `networking.istio.io/${version}`,
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: { gateways: ['extra'], ...spec },
  };
}

export const planOf = (traffic: Partial<TrafficPlan>): Plan => {
  const plan = app.plan();
  return { ...plan, traffic: { ...plan.traffic, allowUngoverned: true, ...traffic } };
};

export function next(plan: Plan): FencedTarget {
  seq += 1;
  return { plan, cluster: 'lab', clusterUid: 'uid', rollout: 'reviews-1', epoch: 1, fence: { epoch: 1, seq } };
}

export async function inspect(plan: Plan): Promise<RouteFound> {
  const { problems, intent, found } = await inspectRoutes(client, plan, LABELS);
  expect(problems).toEqual([]);
  expect(intent).toEqual(AT_REST);
  return found;
}

export async function route(plan: Plan, found: RouteFound, intent: RouteIntent, through = client): Promise<void> {
  expect(
    await applyIntent(through, { ...next(plan), intent, found, canary: { replicas: 1, proven: false } }),
  ).toMatchObject({ kind: 'written' });
  expect(await readIntent(through, plan, intent)).toEqual(intent);
}

export const specOf = async (name: string, namespace = app.namespace) =>
  (await getJson<{ spec: unknown }>(namespace, 'virtualservice', name)).spec;

export function expectSplit(ask: () => Promise<GatewayAnswer[]>, percent: number): Promise<void> {
  return expectShare(`share of ${percent} %`, percent / 100, async () => {
    const answers = await ask();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    return { hits: answers.filter(({ version }) => version === 'v2').length, of: answers.length };
  });
}
