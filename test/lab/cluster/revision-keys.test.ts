/** Keys of what is noted of Secrets, rotated between two rollouts and under one, against a real API server. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import { canonicalJson } from '../../../src/contract/canonical-json.ts';
import type { NewRevision } from '../../../src/contract/detected.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { type RevisionKey, revisionKey } from '../../../src/kubernetes/objects/config.ts';
import { controllerRevisionRef, deploymentRef, secretRef } from '../../../src/kubernetes/objects/refs.ts';
import { type Bench, closeBench, fenced, noRoutes, offerImage, openBench, read, startPrimary } from './support.ts';

const WEAK = 'hunter2';
const [k1, k2] = ['k1', 'k2'].map((kid) => revisionKey(kid, kid.repeat(16))) as [RevisionKey, RevisionKey];

let bench: Bench;
let plan: Plan;

beforeAll(async () => {
  bench = await openBench();
  const { client, namespace } = bench;
  plan = await startPrimary(bench);
  await client.create(secretRef(namespace, 'login'), { metadata: { name: 'login' }, ...contentOf(WEAK) });
  const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } }];
  const path = '/spec/template/spec/containers/0/env';
  await client.patch(deploymentRef(namespace, 'reviews-v1'), [{ op: 'add', path, value: env }]);
});
afterAll(() => closeBench(bench));

function contentOf(password: string) {
  return { data: { password: Buffer.from(password).toString('base64') } };
}

const offer = (image: string | undefined, ...keys: RevisionKey[]) =>
  offerImage(bench.client, plan, image, noRoutes, keys);

async function begin(image: string, ...keys: RevisionKey[]): Promise<NewRevision> {
  const detected = await offer(image, ...keys);
  if (detected.kind !== 'new') throw new Error(JSON.stringify(detected));
  return detected;
}

function upgrade({ epoch, revision, previous, snapshotHash }: NewRevision, ...keys: RevisionKey[]) {
  const input = { ...fenced(plan, epoch, 1), revision, previous, snapshotHash, replicas: 2 };
  return upgradePrimary(bench.client, input, keys);
}

test('rotated under a rollout and after it: it is promoted, does not look new, and a change is met', async () => {
  const second = await begin('reviews:v2', k1);
  expect(await upgrade(second, k2, k1)).toMatchObject({ kind: 'written' });
  for (const keys of [[k1], [k2, k1], [k2], []])
    expect(await offer('reviews:v2', ...keys)).toMatchObject({ kind: 'unchanged' });
  const third = await begin('reviews:v3', k2, k1);
  expect(third.revision.config).toContainEqual({
    kind: 'Secret',
    name: 'login',
    kid: k2.kid,
    hash: expect.any(String),
  });
  const login = secretRef(bench.namespace, 'login');
  await bench.client.patch(login, [{ op: 'replace', path: '/data', value: contentOf('other').data }]);
  expect(await upgrade(third, k1, k2)).toMatchObject({
    kind: 'drift',
    sentence: expect.stringContaining('Secret login'),
  });
  expect(await offer('reviews:v2', k2, k1)).toMatchObject({ kind: 'new' });
  await bench.client.patch(login, [{ op: 'replace', path: '/data', value: contentOf(WEAK).data }]);
});

test('nobody who reads the cluster or the history can try a word list on it', async () => {
  const { client, namespace } = bench;
  const detected = await offer('reviews:v4', k1);
  const snapshots = await client.list<KubeObject>(controllerRevisionRef(namespace));
  const primary = await read(client, deploymentRef(namespace, 'reviews-v1'));
  const shown = JSON.stringify([detected, snapshots, primary]);
  const { data } = contentOf(WEAK);
  const names = { kind: 'Secret', namespace, name: 'login' };
  const guesses = [
    WEAK,
    data.password,
    ...[data, { data }, { data, binaryData: {} }, { ...names, data, binaryData: {} }].map(canonicalJson),
  ];
  for (const guess of guesses)
    expect(shown).not.toContain(createHash('sha256').update(guess).digest('hex').slice(0, 10));
});
