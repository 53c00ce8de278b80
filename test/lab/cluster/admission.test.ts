import { afterAll, beforeAll, expect, it } from 'vitest';
import { awaitReady } from '../../../src/activities/await-ready.ts';
import { restorePrimary } from '../../../src/activities/restore-primary.ts';
import { scaleCanary } from '../../../src/activities/scale-canary.ts';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import type { Side } from '../../../src/contract/activities.ts';
import type { KubeObject, Ref } from '../../../src/kubernetes/client/client.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { deploymentRef } from '../../../src/kubernetes/objects/refs.ts';
import {
  type Bench,
  closeBench,
  deployment,
  fenced,
  newRevision,
  offerImage,
  openBench,
  quietRun,
  read,
  startPrimary,
  until,
} from './support.ts';

const DIGEST = `sha256:${'d'.repeat(64)}`;
let bench: Bench;

function admission(kind: string): Ref {
  const [apiVersion, name] = ['admissionregistration.k8s.io/v1', `pin-${bench.namespace}`];
  return { apiVersion, resource: kind === 'Policy' ? 'mutatingadmissionpolicies' : BINDINGS, kind, name };
}
const BINDINGS = 'mutatingadmissionpolicybindings';

/** Tags become digests, and pods get a label and an agent, as policies of real clusters do it. */
async function police(): Promise<void> {
  const { client, namespace } = bench;
  const image = 'object.spec.template.spec.containers[0].image';
  const policy = {
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    matchConstraints: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      resourceRules: [
        { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
      ],
    },
    matchConditions: [{ name: 'tagged', expression: `!${image}.contains('@')` }],
    mutations: [
      {
        patchType: 'JSONPatch',
        jsonPatch: {
          expression: `[
            JSONPatch{op: 'replace', path: '/spec/template/spec/containers/0/image', value: ${image} + '@${DIGEST}'},
            JSONPatch{op: 'add', path: '/spec/template/metadata/labels/cost-centre', value: 'books'}
          ]`,
        },
      },
    ],
  };
  const named = (kind: string, spec: object): KubeObject => ({ metadata: { name: admission(kind).name }, spec });
  await client.create(admission('Policy'), named('Policy', policy));
  await client.create(admission('Binding'), named('Binding', { policyName: admission('Policy').name }));
  const probe = deploymentRef(namespace, 'probe');
  await until(async () => {
    await client.delete(probe);
    const made = await client.create(probe, deployment(bench.plan, 'probe', 'probe', 'reviews:v1', 0));
    return made.spec.template.spec.containers[0]?.image.includes('@') ?? false;
  });
}

beforeAll(async () => {
  bench = await openBench();
  await police();
});
afterAll(async () => {
  await Promise.all(['Policy', 'Binding'].map((kind) => bench.client.delete(admission(kind))));
  await closeBench(bench);
});

it('a policy that pins tags and adds labels neither stops a rollout nor its way back', async () => {
  const { client, namespace } = bench;
  const plan = await startPrimary(bench);
  const { epoch, revision, previous } = await newRevision(client, plan, 'reviews:v2');
  const as = (seq: number) => ({ ...fenced(plan, epoch, seq), revision, previous, replicas: 2 });
  const image = async () => {
    const primary = await read<Deployment>(client, deploymentRef(namespace, 'reviews-v1'));
    return primary.spec.template.spec.containers[0]?.image;
  };
  const ready = (side: Side, of = revision) =>
    awaitReady({ client }, { ...as(0), side, revision: of, timeoutMs: 40_000, stableMs: 0 }, quietRun());

  for (const seq of [1, 1]) await scaleCanary(client, { ...as(seq), template: true });
  expect(await ready('canary')).toMatchObject({ ready: true });
  for (const seq of [2, 2, 3]) expect(await upgradePrimary(client, as(seq))).not.toHaveProperty('warning');
  expect(await image()).toBe(`reviews:v2@${DIGEST}`);
  expect(await ready('primary')).toMatchObject({ ready: true });
  expect(await offerImage(client, plan, 'reviews:v2')).toMatchObject({ kind: 'unchanged', revision });
  for (const seq of [4, 4, 5]) await restorePrimary(client, as(seq));
  expect(await image()).toBe(`reviews:v1@${DIGEST}`);
  expect(await ready('primary', previous)).toMatchObject({ ready: true });
});
