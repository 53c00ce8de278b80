/** A route of the Gateway API in another namespace than its Services, which a ReferenceGrant must allow. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AT_REST, type RouteIntent, weighted } from '../../../src/contract/intent.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/index.ts';
import { applyIntent, inspectRoutes } from '../../../src/routers/index.ts';
import { apply, eventually, kubectl, lab } from '../../support/lab/cluster.ts';
import { program } from '../../support/lab/lab-app.ts';
import { CANARY, PRIMARY, Shop } from '../../support/lab/shop.ts';

const GROUP = 'gateway.networking.k8s.io';
const LABELS = {
  primaryPodLabels: { app: 'shop', version: 'v1' },
  canaryPodLabels: { app: 'shop', version: 'v2' },
};

let app: Shop;
let edge: string;
let plan: Plan;
let client: ClusterConnection;

beforeAll(async () => {
  app = await Shop.create('away', { replicas: 1 });
  edge = `${app.namespace}-edge`;
  client = connect({ kubeconfig: lab.productKubeconfig });
  const { spec } = await app.route();
  await kubectl('-n', app.namespace, 'delete', 'httproute', 'shop');
  const backendRefs = [{ ...PRIMARY, namespace: app.namespace, weight: 100 }];
  await apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: edge } },
    program({ name: 'shop-v2', namespace: app.namespace }, LABELS.canaryPodLabels, 'shop:v2', { replicas: 1 }),
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'HTTPRoute',
      metadata: { name: 'shop', namespace: edge },
      spec: { ...spec, rules: [{ backendRefs }] },
    },
  ]);
  await kubectl('-n', app.namespace, 'rollout', 'status', 'deployment/shop-v2', '--timeout=60s');
  plan = app.plan();
  plan.traffic.routes = [{ kind: 'HTTPRoute', name: 'shop', namespace: edge }];
  plan.traffic.primary = { ...plan.traffic.primary, host: `${PRIMARY.name}.${app.namespace}.svc` };
  plan.traffic.canary = { ...plan.traffic.canary, host: `${CANARY.name}.${app.namespace}.svc` };
}, 60_000);

afterAll(async () => {
  await client?.close();
  await kubectl('delete', 'namespace', edge, '--wait=false');
  await app?.remove();
});

it('is refused without a grant and a ReferenceGrant, by us and in the words of the Gateway', async () => {
  const inspect = () => inspectRoutes(client, plan, LABELS);
  const problems = await eventually(async () => {
    const seen = (await inspect()).problems.map(({ problem }) => problem);
    return seen.some((one) => one.includes('RefNotPermitted')) ? seen : undefined;
  }, 'the Gateway refuses the reference');
  expect(problems).toEqual([
    expect.stringMatching(/^Gateway istio-ingress\/gateway-api says ResolvedRefs False, RefNotPermitted: /),
    `no ReferenceGrant in ${app.namespace} lets it use the primary's Service ${app.namespace}/${PRIMARY.name}`,
    `no ReferenceGrant in ${app.namespace} lets it use the canary's Service ${app.namespace}/${CANARY.name}`,
    `is in another namespace than ${app.namespace}/shop, and does not allow its use from there`,
  ]);
});

it('is steered with both, and led back when its owner withdraws the grant', async () => {
  const spec = { from: [{ group: GROUP, kind: 'HTTPRoute', namespace: edge }], to: [{ group: '', kind: 'Service' }] };
  const metadata = { name: 'edge', namespace: app.namespace };
  await apply([{ apiVersion: `${GROUP}/v1beta1`, kind: 'ReferenceGrant', metadata, spec }]);
  await kubectl('-n', edge, 'annotate', 'httproute', 'shop', `sluice.dev/grant=${app.namespace}/*`);
  const { found, intent } = await eventually(async () => {
    const inspection = await inspectRoutes(client, plan, LABELS);
    return inspection.problems.length === 0 ? inspection : undefined;
  }, 'the Gateway accepts the reference');
  expect(intent).toEqual(AT_REST);
  const write = (wanted: RouteIntent, seq: number) =>
    applyIntent(client, {
      plan,
      cluster: 'lab',
      clusterUid: 'uid',
      rollout: 'shop-1',
      epoch: 1,
      fence: { epoch: 1, seq },
      intent: wanted,
      found,
      canary: { replicas: 1, proven: false },
    });
  expect(await write(weighted(100), 1)).toMatchObject({ kind: 'written' });
  await eventually(async () => (await app.ask()).version === 'v2' || undefined, 'the canary answers', 5_000);
  await kubectl('-n', edge, 'annotate', 'httproute', 'shop', 'sluice.dev/grant-');
  await expect(write(weighted(50), 2)).rejects.toMatchObject({ kind: 'ClaimRefused' });
  expect(await write(AT_REST, 3)).toMatchObject({ kind: 'written' });
  await eventually(async () => (await app.ask()).version === 'v1' || undefined, 'the primary answers', 5_000);
});
